//! stub
pub(crate) fn html(_: &[crate::verdict::Told]) -> String { String::new() }
