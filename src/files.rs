//! Which files are read and written? Receipt, audit log and an action's own files reach `OUTPUT_DIR`; a variable may name a file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};

/// A file that is written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Its name in the directory.
    pub name: &'static str,
    /// What it holds.
    pub text: String,
}

/// The file that lines are added to.
const AUDIT: &str = "audit.jsonl";

/// Makes sure, before anything is written elsewhere, that the audit log can be: what nobody could tell of must not happen.
pub fn prepare(clone: Option<&Path>, dir: &Path) -> io::Result<()> {
    let audit = dir.join(AUDIT);
    refuse_links(clone, dir, &[&audit, &dir.join("receipt.json")])?;
    fs::create_dir_all(dir).map_err(|error| named(dir, &error))?;
    open(&audit).map(drop)
}

/// Appends to `audit.jsonl`, first, and writes these files anew.
pub fn write(clone: Option<&Path>, dir: &Path, files: &[NewFile], audit: &str) -> io::Result<()> {
    let audit_path = dir.join(AUDIT);
    let paths: Vec<PathBuf> = files.iter().map(|file| dir.join(file.name)).collect();
    refuse_links(clone, dir, &[&audit_path])?;
    fs::create_dir_all(dir).map_err(|error| named(dir, &error))?;
    open(&audit_path)?.write_all(audit.as_bytes()).map_err(|error| named(&audit_path, &error))?;
    refuse_links(clone, dir, &paths.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
    for (path, file) in paths.iter().zip(files) {
        fs::write(path, &file.text).map_err(|error| named(path, &error))?;
    }
    Ok(())
}

fn open(audit: &Path) -> io::Result<File> {
    // To open a pipe that nobody reads takes for ever.
    if fs::metadata(audit).is_ok_and(|it| !it.is_file()) {
        return Err(io::Error::other(format!("`{}` is no file", audit.display())));
    }
    OpenOptions::new().create(true).append(true).open(audit).map_err(|error| named(audit, &error))
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("`{}`: {error}", path.display()))
}

/// Whether a path does not lead out of a directory, by its words alone: what links there lead elsewhere is refused when
/// something is written.
pub fn is_within(directory: &Path, path: &Path) -> bool {
    plain(path).starts_with(plain(directory))
}

fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => plain.push(part),
        }
    }
    plain
}

/// Below the clone directory an author chooses what is there: a symbolic link anywhere on the way is refused before
/// anything is made, so that it cannot lead the write elsewhere.
fn refuse_links(clone: Option<&Path>, dir: &Path, paths: &[&Path]) -> io::Result<()> {
    let inside = |path: &&Path| match clone {
        Some(clone) => *path != clone && path.starts_with(clone),
        None => path.is_relative(),
    };
    let on_the_way = dir.ancestors().take_while(inside);
    for path in paths.iter().copied().chain(on_the_way) {
        if fs::symlink_metadata(path).is_ok_and(|it| it.file_type().is_symlink()) {
            return Err(io::Error::other(format!("`{}` is a symbolic link", path.display())));
        }
    }
    Ok(())
}

/// Reads a file of at most `limit` bytes. What is no file, such as a pipe that nobody writes to, is not waited for.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(io::Error::other("it is too long")) } else { Ok(bytes) }
}
