//! The bytes of a trace.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::host::{AbortListener, Host};
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, ReadableStream, ReadableStreamDefaultReader, WritableStream, WritableStreamDefaultWriter};

// `web-sys` has it only among its unstable interfaces.
#[wasm_bindgen]
extern "C" {
    type DecompressionStream;

    #[wasm_bindgen(constructor, catch)]
    fn new(format: &str) -> Result<DecompressionStream, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn readable(this: &DecompressionStream) -> ReadableStream;

    #[wasm_bindgen(method, getter)]
    fn writable(this: &DecompressionStream) -> WritableStream;
}

/// The first bytes of data that gzip has compressed.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The chunks of a `Blob`, a `File` or a `ReadableStream`, decompressed if they are gzip.
pub struct Source {
    reader: ReadableStreamDefaultReader,
    /// Chunks that were read to look at the first bytes.
    first: Vec<Uint8Array>,
    read: Rc<Cell<f64>>,
    /// Whether `read` is counted by the pump that decompresses.
    is_compressed: bool,
    /// The error of the compressed stream, if it has failed.
    failure: Rc<RefCell<Option<JsValue>>>,
    total: f64,
    /// Ends the stream, so that a chunk that never comes is not awaited after an abort.
    _on_abort: Option<AbortListener>,
}

impl Source {
    /// Starts to read. An abort ends the source: there are no more chunks.
    pub async fn open(source: JsValue, host: &Host) -> Result<Self, JsValue> {
        let (stream, total) = match source.dyn_into::<Blob>() {
            Ok(blob) => (blob.stream(), blob.size()),
            Err(stream) => (stream.unchecked_into::<ReadableStream>(), f64::NAN),
        };
        let reader = reader_of(&stream);
        let on_abort = host.on_abort({
            let reader = reader.clone();
            let signal = host.signal();
            move || cancel(&reader, &signal.as_ref().map_or(JsValue::UNDEFINED, |signal| signal.reason()))
        });
        let first = first_chunks(&reader).await.inspect_err(|error| cancel(&reader, error))?;
        let is_gzip = first.iter().flat_map(Uint8Array::to_vec).take(GZIP.len()).eq(GZIP);
        let mut opened = Self {
            reader,
            first,
            read: Rc::default(),
            is_compressed: false,
            failure: Rc::default(),
            total,
            _on_abort: on_abort,
        };
        if is_gzip {
            opened.decompress()?;
        }
        opened.first.reverse();
        Ok(opened)
    }

    /// The next chunk; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, JsValue> {
        let chunk = match self.first.pop() {
            Some(chunk) => Some(chunk),
            None => next_chunk(&self.reader).await.map_err(|error| self.explain(error))?,
        };
        let chunk = chunk.map(|chunk| chunk.to_vec());
        if !self.is_compressed {
            self.read.set(self.read.get() + chunk.as_ref().map_or(0.0, |chunk| chunk.len() as f64));
        }
        Ok(chunk)
    }

    /// Errors of decompression do not say what has failed. Some runtimes read only the first of several parts.
    fn explain(&self, error: JsValue) -> JsValue {
        if !self.is_compressed {
            return error;
        }
        if let Some(failure) = self.failure.borrow_mut().take() {
            return failure;
        }
        let message = error.dyn_ref::<js_sys::Error>().map_or_else(String::new, |error| error.message().into());
        let options = js_sys::ErrorOptions::new(&error);
        js_sys::TypeError::new_with_options(
            &format!(
                "the trace cannot be decompressed by this runtime ({message}): is it complete, and only one part?"
            ),
            &options,
        )
        .into()
    }

    /// The bytes read so far, before they were decompressed.
    pub fn bytes(&self) -> f64 {
        self.read.get()
    }

    /// The share of the bytes that was read; NaN if the length is not known.
    pub fn share(&self) -> f64 {
        self.read.get() / self.total
    }

    /// Stops reading. The result does not matter: the run has failed already.
    pub fn cancel(&self, reason: &JsValue) {
        cancel(&self.reader, reason);
    }

    /// Reads from a stream that decompresses, and pumps the chunks into it.
    fn decompress(&mut self) -> Result<(), JsValue> {
        let decompression = DecompressionStream::new("gzip")?;
        let writer = decompression.writable().get_writer()?;
        let compressed = std::mem::replace(&mut self.reader, reader_of(&decompression.readable()));
        let first = std::mem::take(&mut self.first);
        let read = Rc::clone(&self.read);
        let failure = Rc::clone(&self.failure);
        self.is_compressed = true;
        spawn_local(async move {
            let ended = pump(&compressed, first, &writer, &read, &failure).await;
            if let Err(error) = ended {
                // Either side may have failed: the other one gets to know. Both Promises may be rejected.
                let _ = JsFuture::from(writer.abort_with_reason(&error)).await;
                let _ = JsFuture::from(compressed.cancel_with_reason(&error)).await;
            }
        });
        Ok(())
    }
}

async fn pump(
    from: &ReadableStreamDefaultReader,
    first: Vec<Uint8Array>,
    to: &WritableStreamDefaultWriter,
    read: &Cell<f64>,
    failure: &RefCell<Option<JsValue>>,
) -> Result<(), JsValue> {
    let mut first = first.into_iter();
    loop {
        let chunk = match first.next() {
            Some(chunk) => Some(chunk),
            None => next_chunk(from).await.inspect_err(|error| {
                failure.replace(Some(error.clone()));
            })?,
        };
        let Some(chunk) = chunk else { break };
        read.set(read.get() + f64::from(chunk.length()));
        JsFuture::from(to.write_with_chunk(&chunk)).await?;
    }
    JsFuture::from(to.close()).await.map(drop)
}

/// Cancels a stream. Whether that fails does not matter.
fn cancel(reader: &ReadableStreamDefaultReader, reason: &JsValue) {
    let cancelled = JsFuture::from(reader.cancel_with_reason(reason));
    spawn_local(async move {
        let _ = cancelled.await;
    });
}

fn reader_of(stream: &ReadableStream) -> ReadableStreamDefaultReader {
    stream.get_reader().unchecked_into()
}

/// The chunks that contain the first bytes.
async fn first_chunks(reader: &ReadableStreamDefaultReader) -> Result<Vec<Uint8Array>, JsValue> {
    let mut chunks = Vec::new();
    let mut length = 0;
    while length < GZIP.len() as u32
        && let Some(chunk) = next_chunk(reader).await?
    {
        length += chunk.length();
        chunks.push(chunk);
    }
    Ok(chunks)
}

async fn next_chunk(reader: &ReadableStreamDefaultReader) -> Result<Option<Uint8Array>, JsValue> {
    let result = JsFuture::from(reader.read()).await?;
    if Reflect::get(&result, &"done".into())?.is_truthy() {
        return Ok(None);
    }
    match Reflect::get(&result, &"value".into())?.dyn_into::<Uint8Array>() {
        Ok(chunk) => Ok(Some(chunk)),
        Err(_) => Err(js_sys::TypeError::new("source must be a stream of bytes: a chunk is no Uint8Array").into()),
    }
}
