//! What is printed, or shown as a picture: pages of text, codes and pictures, and what ThuNgân puts on
//! them.
//!
//! Pure: no IO, no clock, no randomness; the same values give the same bytes.
//!
//! - a [`Drawing`] is one page: marks with places in whole micrometres ([`geometry`]), so that nothing
//!   moves between the forms and a test can ask whether anything overlaps;
//! - [`text`] measures, wraps and shrinks what is written, in the one [`font`] that is embedded, and
//!   refuses what does not fit or cannot be written;
//! - [`pdf`], [`svg`] and [`raster`] write a drawing: as a page of a document, as a standalone file, as
//!   PNG or JPEG;
//! - [`poster`] draws a payment code for a wall or a table, [`frame`] for a screen, [`receipt`] a receipt.

pub mod drawing;
pub mod font;
pub mod frame;
pub mod geometry;
mod layout;
mod logo;
mod paper;
pub mod pdf;
pub mod poster;
pub mod raster;
mod readable;
pub mod receipt;
pub mod svg;
pub mod text;

pub use drawing::{Colour, Drawing, Mark};
pub use logo::{LOGO_BYTES_MAX, LOGO_PIXELS_MAX, Logo, LogoError};
pub use paper::Paper;
