//! How do the receipt and the audit log reach `OUTPUT_DIR`?

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Writes `receipt.json` anew and appends to `audit.jsonl`. The directory is in the clone, whose files an author
/// chooses: a symbolic link there is refused, so that it cannot lead the write elsewhere.
pub fn write(dir: &Path, receipt: &str, audit: &str) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let (receipt_path, audit_path) = (dir.join("receipt.json"), dir.join("audit.jsonl"));
    for path in [dir, &receipt_path, &audit_path] {
        if fs::symlink_metadata(path).is_ok_and(|it| it.file_type().is_symlink()) {
            return Err(io::Error::other(format!("`{}` is a symbolic link", path.display())));
        }
    }
    fs::write(receipt_path, receipt)?;
    OpenOptions::new().create(true).append(true).open(audit_path)?.write_all(audit.as_bytes())
}
