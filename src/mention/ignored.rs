//! The parts of a text that aren't read: code, HTML comments, quoted lines.
//!
//! Block structure is CommonMark's as far as it decides that question, read line by line in one pass. Where the
//! rules of the real renderer would need a full parser (lists within quotes within lists) a simpler rule stands,
//! and errs on the side of reading the text.

use std::collections::BTreeMap;
use std::ops::Range;

use memchr::{memchr, memchr3};

/// How much Markdown a kind of text holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Markup {
    /// A branch name: none.
    Plain,
    /// A title: code spans.
    Spans,
    /// A commit message: everything but indented code, since lists and trailers there are often indented.
    Message,
    /// A description: everything.
    Document,
}

/// Byte ranges that are ordered, apart, and never empty.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Regions(Vec<Range<usize>>);

impl Regions {
    pub(super) fn push(&mut self, region: Range<usize>) {
        if !region.is_empty() {
            self.0.push(region);
        }
    }

    /// The end of the region that holds the byte at `position`.
    pub(super) fn end_around(&self, position: usize) -> Option<usize> {
        let next = self.0.partition_point(|region| region.end <= position);
        self.0.get(next).filter(|region| region.start <= position).map(|region| region.end)
    }

    pub(super) fn hold(&self, position: usize) -> bool {
        self.end_around(position).is_some()
    }
}

/// The parts of `text` that are not read.
pub(super) fn ignored(text: &str, markup: Markup) -> Regions {
    let mut regions = Regions::default();
    match markup {
        Markup::Plain => {}
        Markup::Spans => {
            scan_inline(text, 0..text.len(), Comments::AreText, &mut regions);
        }
        // Without one of these signs a message has no code, comments or quotes, whatever its lines are.
        Markup::Message
            if memchr3(b'`', b'~', b'>', text.as_bytes()).is_none() && memchr(b'<', text.as_bytes()).is_none() => {}
        Markup::Message | Markup::Document => scan_blocks(text, markup, &mut regions),
    }
    regions
}

fn scan_blocks(text: &str, markup: Markup, regions: &mut Regions) {
    let mut position = 0;
    let mut after_blank = true;
    let mut item_content = 0;
    while position < text.len() {
        let line = Line::at(text, position);
        if line.is_blank() {
            after_blank = true;
            position = line.end;
            continue;
        }
        if after_blank {
            item_content = item_content.min(line.indent);
        }
        let code = markup == Markup::Document && after_blank && line.indent >= item_content + 4;
        after_blank = code;
        if code || line.is_quote() {
            regions.push(position..line.end);
            position = line.end;
        } else if let Some(fence) = Fence::opened_by(line.content) {
            let end = fence.end(text, line.end);
            regions.push(position..end);
            position = end;
        } else {
            if let Some(marker) = line.item_marker() {
                item_content = line.indent + marker;
            }
            if let Some(start) = line.comment_start() {
                let end = comment_end(text, start).unwrap_or(text.len());
                regions.push(start..end);
                position = end;
                // What is left of the line where it ends begins no block.
                if text.get(..end).is_some_and(|before| before.ends_with('\n')) || end == text.len() {
                    continue;
                }
            }
            let end = paragraph_end(text, Line::at(text, position).end);
            scan_inline(text, position..end, Comments::Hide, regions);
            position = end;
        }
    }
}

/// Where the paragraph ends whose first line ends at `position`: code spans do not reach beyond.
fn paragraph_end(text: &str, mut position: usize) -> usize {
    while position < text.len() {
        let line = Line::at(text, position);
        let starts_block = line.content.starts_with(['#', '|'])
            || line.item_marker().is_some()
            || line.is_quote()
            || line.comment_start().is_some()
            || Fence::opened_by(line.content).is_some();
        if line.is_blank() || starts_block {
            break;
        }
        position = line.end;
    }
    position
}

struct Line<'a> {
    /// Columns of white space before the content; a tab reaches the next multiple of four.
    indent: usize,
    /// The line without its indentation and its end.
    content: &'a str,
    /// Where the content begins.
    start: usize,
    /// The byte after the line's end.
    end: usize,
}

impl<'a> Line<'a> {
    fn at(text: &'a str, start: usize) -> Self {
        let rest = text.get(start..).unwrap_or_default();
        let line = rest.split_inclusive('\n').next().unwrap_or_default();
        let content = line.trim_start_matches([' ', '\t']);
        let white = line.len() - content.len();
        let indent = line.bytes().take(white).fold(0, |columns: usize, byte| match byte {
            b'\t' => columns + 4 - columns % 4,
            _ => columns + 1,
        });
        Self { indent, content: content.trim_end_matches(['\n', '\r']), start: start + white, end: start + line.len() }
    }

    fn is_blank(&self) -> bool {
        self.content.trim().is_empty()
    }

    fn is_quote(&self) -> bool {
        self.content.starts_with('>')
    }

    /// Where the HTML comment begins that the line, or the item in it, begins with. Such a comment is a block.
    fn comment_start(&self) -> Option<usize> {
        let marker = self.item_marker().unwrap_or(0);
        let begins = self.content.get(marker..).is_some_and(|content| content.starts_with("<!--"));
        begins.then_some(self.start + marker)
    }

    /// The width of a list item's marker, its white space included.
    fn item_marker(&self) -> Option<usize> {
        let digits = self.content.bytes().take_while(u8::is_ascii_digit).count();
        let rest = self.content.get(digits..)?;
        let sign = if digits == 0 { rest.strip_prefix(['-', '*', '+']) } else { rest.strip_prefix(['.', ')']) };
        let text = sign?.trim_start_matches([' ', '\t']);
        let width = self.content.len() - text.len();
        (digits < 10 && sign?.starts_with([' ', '\t'])).then_some(width)
    }
}

/// An opened block of fenced code.
struct Fence {
    sign: char,
    length: usize,
}

impl Fence {
    fn opened_by(content: &str) -> Option<Self> {
        let item = Line { indent: 0, content, start: 0, end: 0 }.item_marker().unwrap_or(0);
        let content = content.get(item..)?;
        let sign = content.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
        let info = content.trim_start_matches(sign);
        let length = content.len() - info.len();
        (length >= 3 && !(sign == '`' && info.contains('`'))).then_some(Self { sign, length })
    }

    /// The end of the line that closes the fence, or of the text.
    fn end(&self, text: &str, mut position: usize) -> usize {
        while position < text.len() {
            let line = Line::at(text, position);
            position = line.end;
            let rest = line.content.trim_start_matches(self.sign);
            if line.content.len() - rest.len() >= self.length && rest.trim().is_empty() {
                break;
            }
        }
        position
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Comments {
    Hide,
    AreText,
}

/// The end of the HTML comment that begins at `start`. `<!-->` and `<!--->` are whole comments, hence the search from the
/// second character on.
fn comment_end(text: &str, start: usize) -> Option<usize> {
    let rest = text.get(start + 2..)?;
    rest.find("-->").map(|found| start + 2 + found + 3)
}

/// Finds code spans and HTML comments in a paragraph. A comment that does not end there is text.
fn scan_inline(text: &str, paragraph: Range<usize>, comments: Comments, regions: &mut Regions) {
    let bytes = text.as_bytes().get(..paragraph.end).unwrap_or_default();
    let mut runs = None;
    let mut comments = comments;
    let mut position = paragraph.start;
    let next = |from: usize| Some(from + memchr3(b'\\', b'`', b'<', bytes.get(from..)?)?);
    while let Some(found) = next(position) {
        position = found;
        match bytes.get(position) {
            Some(b'\\') => {
                position += if bytes.get(position + 1).is_some_and(u8::is_ascii_punctuation) { 2 } else { 1 }
            }
            Some(b'`') => {
                let length = run_length(bytes, position);
                let after = position + length;
                let runs = runs.get_or_insert_with(|| backtick_runs(bytes, after));
                let closing = runs.get(&length).and_then(|starts| {
                    let next = starts.partition_point(|start| *start < after);
                    starts.get(next).copied()
                });
                // A run without its equal is literal.
                if let Some(closing) = closing {
                    regions.push(position..closing + length);
                }
                position = closing.map_or(after, |closing| closing + length);
            }
            Some(b'<')
                if comments == Comments::Hide && bytes.get(position..).is_some_and(|b| b.starts_with(b"<!--")) =>
            {
                match text.get(..paragraph.end).and_then(|paragraph| comment_end(paragraph, position)) {
                    Some(end) => {
                        regions.push(position..end);
                        position = end;
                    }
                    // Nor does any after it.
                    None => {
                        comments = Comments::AreText;
                        position += 1;
                    }
                }
            }
            _ => position += 1,
        }
    }
}

fn run_length(bytes: &[u8], start: usize) -> usize {
    bytes.iter().skip(start).take_while(|byte| **byte == b'`').count()
}

/// Where the runs of backticks of each length begin.
fn backtick_runs(bytes: &[u8], start: usize) -> BTreeMap<usize, Vec<usize>> {
    let mut runs: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut position = start;
    while let Some(found) = bytes.get(position..).and_then(|rest| memchr(b'`', rest)) {
        let length = run_length(bytes, position + found);
        runs.entry(length).or_default().push(position + found);
        position += found + length;
    }
    runs
}
