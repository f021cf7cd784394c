//! Reading back what was drawn, with a reader that knows nothing of how it was drawn.

/// What a scanner reads in a picture of `width` × `height` pixels, each 0 black to 255 white: the text
/// of every symbol that it finds, or `None` for one that it finds and cannot read.
pub(crate) fn read(
    width: usize,
    height: usize,
    light: impl FnMut(usize, usize) -> u8,
) -> Vec<Option<String>> {
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, light);
    let grids = picture.detect_grids();
    grids
        .iter()
        .map(|grid| grid.decode().ok().map(|(_, text)| text))
        .collect()
}

/// Whether any code can be read.
pub(crate) fn codes(width: usize, height: usize, light: impl FnMut(usize, usize) -> u8) -> bool {
    read(width, height, light).iter().any(Option::is_some)
}
