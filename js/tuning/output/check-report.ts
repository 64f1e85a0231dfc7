import { wrongKind } from '../../options/check.ts';
import type { Report } from '../report.ts';

/** @throws TypeError for anything but a report */
export function checkReport(report: Report): void {
  const { policies, sizes, lruCurve, advice, notes } = (report ?? {}) as Partial<Report>;
  if (![policies, sizes, lruCurve, advice, notes].every(Array.isArray)) {
    throw wrongKind('report', 'a report of simulate', report);
  }
}
