//! The files that are read and written: receipt, audit log and an action's own files in `OUTPUT_DIR`; files that a variable names.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Component, Path, PathBuf};

/// A file that is written from its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewFile {
    /// Its name in the directory.
    pub name: &'static str,
    pub text: String,
}

/// Where the files go. An author chooses what is in the clone directory, so no symbolic link there is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OutputDir {
    clone: Option<PathBuf>,
    path: PathBuf,
}

const RECEIPT: &str = "receipt.json";

impl OutputDir {
    /// A directory, and the clone directory if there is one.
    pub(crate) fn new(clone: Option<&Path>, path: &Path) -> Self {
        // The system follows a link whose path ends with `/`, and one that is hidden behind a directory that isn't there yet.
        Self { clone: clone.map(plain), path: plain(path) }
    }

    /// Opens `audit.jsonl` before anything is written elsewhere. No write may happen that the log can't show.
    pub(crate) fn open_audit_log(&self) -> io::Result<File> {
        let audit = self.path.join("audit.jsonl");
        self.prepare(&[audit.clone(), self.path.join(RECEIPT)])?;
        open(&audit, OpenOptions::new().create(true).append(true))
    }

    /// Writes the receipt and the other files.
    pub(crate) fn write(&self, receipt: &str, others: &[NewFile]) -> io::Result<()> {
        let files = [(RECEIPT, receipt)].into_iter();
        let files = files.chain(others.iter().map(|file| (file.name, file.text.as_str())));
        let files: Vec<_> = files.map(|(name, text)| (self.path.join(name), text)).collect();
        self.prepare(&files.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>())?;
        for (path, text) in &files {
            let mut file = open(path, OpenOptions::new().create(true).truncate(true).write(true))?;
            file.write_all(text.as_bytes()).map_err(|error| named(path, &error))?;
        }
        Ok(())
    }

    /// Makes the directory, unless one of the files, or a directory on the way, is something else.
    fn prepare(&self, files: &[PathBuf]) -> io::Result<()> {
        let is_inside = |path: &&Path| match &self.clone {
            Some(clone) => *path != clone && path.starts_with(clone),
            None => path.is_relative(),
        };
        let on_the_way = self.path.ancestors().take_while(is_inside);
        for path in files.iter().map(PathBuf::as_path).chain(on_the_way) {
            if fs::symlink_metadata(path).is_ok_and(|it| it.file_type().is_symlink()) {
                return Err(io::Error::other(format!("`{}` is a symbolic link", path.display())));
            }
        }
        if let Some(path) = files.iter().find(|path| fs::symlink_metadata(path).is_ok_and(|it| !it.is_file())) {
            return Err(no_file(path));
        }
        fs::create_dir_all(&self.path).map_err(|error| named(&self.path, &error))
    }
}

/// Opens a regular file for writing. To open a FIFO that nothing reads would take forever.
fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let file = options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path);
    let file = file.map_err(|error| named(path, &error))?;
    if file.metadata().is_ok_and(|it| it.is_file()) { Ok(file) } else { Err(no_file(path)) }
}

fn no_file(path: &Path) -> io::Error {
    io::Error::other(format!("`{}` is not a regular file", path.display()))
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("`{}`: {error}", path.display()))
}

/// Whether a path does not lead out of a directory, by its words alone: what links there lead elsewhere is refused when
/// something is written.
pub(crate) fn is_within(directory: &Path, path: &Path) -> bool {
    plain(path).starts_with(plain(directory))
}

/// The same path without `.` and `..`, but for those at the beginning.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if plain.has_root() || plain.file_name().is_some() => drop(plain.pop()),
            _ => plain.push(part),
        }
    }
    plain
}

/// Reads a file of at most `limit` bytes, but no FIFO or device.
pub(crate) fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut bytes = Vec::new();
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(io::Error::other("too long")) } else { Ok(bytes) }
}
