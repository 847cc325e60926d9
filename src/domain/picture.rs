//! Images that people bring (security.md H4): PNG, JPEG and WebP, decoded and written anew as PNG. What is kept is pixels: whatever else a
//! file held, before, between or behind them, is gone. SVG is not taken: it can hold scripts.
//!
//! Size and format are read from the header before anything is decoded, and the decoder has a limit of memory.

use std::io::Cursor;

use image::imageops::FilterType;
use image::{DynamicImage, GenericImageView as _, ImageDecoder, ImageFormat, ImageReader, Limits};

/// Largest file.
pub const MAX_BYTES: usize = 1024 * 1024;
/// Widest and highest image that is read.
pub const MAX_SIDE: u32 = 4096;
/// What a decoder may hold: an image of the largest size with 8 bits a channel, and some room to work.
const MAX_MEMORY: u64 = 96 * 1024 * 1024;
/// Longest side of what is kept.
pub const LOGO_SIDE: u32 = 512;
pub const ICON_SIDE: u32 = 128;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    #[error("This file has more than 1 MiB. Save it smaller; 512 pixels are enough.")]
    TooLarge,
    #[error("This image has {width} × {height} pixels; at most {MAX_SIDE} × {MAX_SIDE} are read. Save it smaller; {LOGO_SIDE} are enough.")]
    TooManyPixels { width: u32, height: u32 },
    #[error("This image needs too much memory. Save it with 8 bits a colour, or smaller.")]
    TooMuchMemory,
    #[error("SVG is not taken: it can hold scripts. Save the image as PNG.")]
    Svg,
    #[error("This is not a PNG, JPEG or WebP image.")]
    Format,
    #[error("This image is broken or was cut off. Save it anew and try again.")]
    Broken,
}

impl PictureError {
    /// Whether it is too much of it, rather than the wrong thing.
    pub fn is_size(&self) -> bool {
        matches!(self, PictureError::TooLarge | PictureError::TooManyPixels { .. } | PictureError::TooMuchMemory)
    }
}

/// A PNG that was written here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub png: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

/// Reads an image and writes it anew, `side` pixels wide and high at most. Takes a while: not for a thread that serves.
///
/// # Errors
/// Says what is wrong with the file.
pub fn read(bytes: &[u8], side: u32) -> Result<Picture, PictureError> {
    if bytes.len() > MAX_BYTES {
        return Err(PictureError::TooLarge);
    }
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| PictureError::Broken)?;
    match reader.format() {
        Some(ImageFormat::Png | ImageFormat::WebP) => {}
        Some(ImageFormat::Jpeg) if is_whole_jpeg(bytes) => {}
        Some(ImageFormat::Jpeg) => return Err(PictureError::Broken),
        _ if looks_like_svg(bytes) => return Err(PictureError::Svg),
        _ => return Err(PictureError::Format),
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(refusal)?;
    let (width, height) = decoder.dimensions();
    if width > MAX_SIDE || height > MAX_SIDE {
        return Err(PictureError::TooManyPixels { width, height });
    }
    if decoder.total_bytes() > MAX_MEMORY {
        return Err(PictureError::TooMuchMemory);
    }
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    decoder.set_limits(limits).map_err(refusal)?;
    let orientation = decoder.orientation().map_err(refusal)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    if image.width() > side || image.height() > side {
        image = image.resize(side, side, FilterType::Triangle);
    }
    image.apply_orientation(orientation);
    let (width, height) = image.dimensions();
    let mut png = Cursor::new(Vec::new());
    DynamicImage::ImageRgba8(image.into_rgba8()).write_to(&mut png, ImageFormat::Png).map_err(|_| PictureError::Broken)?;
    Ok(Picture { png: png.into_inner(), width, height })
}

fn refusal(error: image::ImageError) -> PictureError {
    match error {
        image::ImageError::Limits(_) => PictureError::TooMuchMemory,
        _ => PictureError::Broken,
    }
}

fn looks_like_svg(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(4096)).unwrap_or_default().to_ascii_lowercase();
    memchr::memmem::find(&head, b"<svg").is_some()
}

/// Whether the marks of a JPEG go on to its end: the decoder would paint grey what was cut off.
fn is_whole_jpeg(bytes: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xDA;
    const END: u8 = 0xD9;
    let mut at = 2;
    loop {
        // Between segments: 0xFF, as often as it likes, then the mark.
        if bytes.get(at) != Some(&0xFF) {
            return false;
        }
        while bytes.get(at) == Some(&0xFF) {
            at += 1;
        }
        let Some(mark) = bytes.get(at).copied() else { return false };
        at += 1;
        match mark {
            END => return true,
            // Marks without a length.
            0x01 | 0xD0..=0xD8 => continue,
            _ => {}
        }
        let Some(&[high, low]) = bytes.get(at..at + 2) else { return false };
        at += usize::from(u16::from_be_bytes([high, low]));
        if mark == START_OF_SCAN {
            // The picture itself: 0xFF is followed by 0 where it means itself, by 0xD0 to 0xD7 where it means to go on.
            loop {
                let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr(0xFF, rest)) else { return false };
                at += found;
                match bytes.get(at + 1) {
                    Some(0x00 | 0xD0..=0xD7) => at += 2,
                    Some(_) => break,
                    None => return false,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(width: u32, height: u32) -> DynamicImage {
        DynamicImage::ImageRgb8(image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, (x * y) as u8])))
    }

    fn file(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        drawn(width, height).write_to(&mut out, format).expect("written");
        out.into_inner()
    }

    /// A PNG's first chunk with this size in it, and nothing behind.
    fn header(width: u32, height: u32) -> Vec<u8> {
        let mut png = file(8, 8, ImageFormat::Png);
        png[16..20].copy_from_slice(&width.to_be_bytes());
        png[20..24].copy_from_slice(&height.to_be_bytes());
        // The sum over the chunk, as PNG reckons it.
        let mut crc = 0xFFFF_FFFF_u32;
        for byte in &png[12..29] {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
            }
        }
        png[29..33].copy_from_slice(&(!crc).to_be_bytes());
        png
    }

    #[test]
    fn an_image_of_each_kind_becomes_a_png_of_a_useful_size() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let picture = read(&file(700, 350, format), LOGO_SIDE).expect("read");
            assert_eq!((picture.width, picture.height), (512, 256), "{format:?}");
            assert_eq!(image::guess_format(&picture.png).ok(), Some(ImageFormat::Png));
            assert_eq!(read(&file(20, 10, format), LOGO_SIDE).map(|picture| picture.width), Ok(20), "small ones stay small");
        }
    }

    #[test]
    fn h4_what_a_file_holds_besides_pixels_is_gone() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let polyglot = [file(30, 30, format).as_slice(), b"<script>alert(1)</script>PK\x03\x04"].concat();
            let picture = read(&polyglot, LOGO_SIDE).expect("its pixels are good");
            assert!(memchr::memmem::find(&picture.png, b"script").is_none(), "{format:?}");
        }
    }

    #[test]
    fn h4_what_is_not_an_image_of_ours_is_refused_with_its_reason() {
        let svg = b"<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";
        assert_eq!(read(svg, LOGO_SIDE), Err(PictureError::Svg));
        for other in [&b""[..], b"GIF89a", b"<html>", b"BM", b"%PDF-1.7", b"\x00\x00\x01\x00"] {
            assert_eq!(read(other, LOGO_SIDE), Err(PictureError::Format));
        }
        assert_eq!(read(&vec![0; MAX_BYTES + 1], LOGO_SIDE), Err(PictureError::TooLarge));
        assert_eq!(read(&header(50_000, 50_000), LOGO_SIDE), Err(PictureError::TooManyPixels { width: 50_000, height: 50_000 }));
        assert_eq!(read(&header(4097, 1), LOGO_SIDE), Err(PictureError::TooManyPixels { width: 4097, height: 1 }));
    }

    #[test]
    fn h4_a_file_that_was_cut_off_is_refused_wherever_the_cut_is() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let whole = file(64, 64, format);
            for part in [20, 40, 60, 80, 95] {
                let cut = &whole[..whole.len() * part / 100];
                assert!(read(cut, LOGO_SIDE).is_err(), "{format:?} cut at {part} %");
            }
        }
    }
}
