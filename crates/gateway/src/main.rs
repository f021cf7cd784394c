//! ThuNgân.
fn main() {}
