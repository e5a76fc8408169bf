//! Files of contacts, written as they come: CSV, or a spreadsheet of one sheet.
//!
//! The writing is done in a thread of its own, since compressing a sheet would hold up others. A
//! sheet is never held as a whole: its rows go through the compressor into the file.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
};

use platform::{Objects, objects::ObjectKey};
use tokio::{sync::mpsc, task::JoinHandle};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::domain::{
    contact_column::Cell,
    csv_text::{protect, push_cells},
    export::ExportFormat,
};

/// Pages that wait for the thread that writes.
const AHEAD: usize = 2;

/// Takes rows and writes them.
pub struct ExportWriter {
    sender: mpsc::Sender<Piece>,
    thread: JoinHandle<io::Result<u64>>,
}

enum Piece {
    Head(Vec<String>),
    Rows(Vec<Vec<Cell>>),
    End,
}

impl ExportWriter {
    /// Begins a new file.
    pub fn create(objects: &Objects, key: ObjectKey, format: ExportFormat) -> io::Result<Self> {
        let path = objects.path(key);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let file = File::options().write(true).create_new(true).open(path)?;
        let (sender, receiver) = mpsc::channel(AHEAD);
        let thread = tokio::task::spawn_blocking(move || match format {
            ExportFormat::Csv => write_csv(file, receiver),
            ExportFormat::Xlsx => write_xlsx(file, receiver),
        });
        Ok(Self { sender, thread })
    }

    /// The names of the columns.
    pub async fn head(&mut self, names: Vec<String>) -> io::Result<()> {
        self.send(Piece::Head(names)).await
    }

    /// More rows.
    pub async fn rows(&mut self, rows: Vec<Vec<Cell>>) -> io::Result<()> {
        self.send(Piece::Rows(rows)).await
    }

    /// Makes the file durable. Returns its size.
    pub async fn finish(mut self) -> io::Result<u64> {
        self.send(Piece::End).await?;
        self.thread.await.map_err(io::Error::other)?
    }

    async fn send(&mut self, piece: Piece) -> io::Result<()> {
        self.sender
            .send(piece)
            .await
            // The thread ended by itself, which it only does when the disk is full or the like.
            .map_err(|_| io::Error::other("the file could not be written"))
    }
}

fn broken_off() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the rows broke off")
}

fn durable(file: BufWriter<File>) -> io::Result<u64> {
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

fn write_csv(file: File, mut pieces: mpsc::Receiver<Piece>) -> io::Result<u64> {
    let mut file = BufWriter::with_capacity(256 * 1024, file);
    // Without a mark, spreadsheets take UTF-8 for something else.
    file.write_all("\u{feff}".as_bytes())?;
    let mut text = String::new();
    loop {
        match pieces.blocking_recv().ok_or_else(broken_off)? {
            Piece::Head(names) => push_cells(&mut text, names.iter().map(String::as_str)),
            Piece::Rows(rows) => {
                for row in &rows {
                    push_row(&mut text, row);
                }
            }
            Piece::End => return durable(file),
        }
        file.write_all(text.as_bytes())?;
        text.clear();
    }
}

/// A number is a number whatever its sign: only text can be a formula.
fn push_row(text: &mut String, row: &[Cell]) {
    for (n, cell) in row.iter().enumerate() {
        if n > 0 {
            text.push(',');
        }
        match cell {
            Cell::Empty => text.push_str("\"\""),
            Cell::Number(number) => text.push_str(&format!("\"{number}\"")),
            Cell::Text(value) => {
                text.push('"');
                text.push_str(&protect(value).replace('"', "\"\""));
                text.push('"');
            }
        }
    }
    text.push_str("\r\n");
}

const CONTENT_TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#;
const ROOT_RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Contacts" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const WORKBOOK_RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
// The second style is the head's: bold.
const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs></styleSheet>"#;
// The head stays in place while one scrolls.
const SHEET_BEGIN: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>"#;
const SHEET_END: &str = "</sheetData></worksheet>";

fn write_xlsx(file: File, mut pieces: mpsc::Receiver<Piece>) -> io::Result<u64> {
    let mut zip = ZipWriter::new(BufWriter::with_capacity(256 * 1024, file));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in [
        ("[Content_Types].xml", CONTENT_TYPES),
        ("_rels/.rels", ROOT_RELATIONS),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", WORKBOOK_RELATIONS),
        ("xl/styles.xml", STYLES),
    ] {
        zip.start_file(name, options)?;
        zip.write_all(content.as_bytes())?;
    }
    zip.start_file("xl/worksheets/sheet1.xml", options.large_file(true))?;
    let mut text = SHEET_BEGIN.to_owned();
    loop {
        match pieces.blocking_recv().ok_or_else(broken_off)? {
            Piece::Head(names) => {
                text.push_str("<row>");
                for name in &names {
                    push_text_cell(&mut text, name, " s=\"1\"");
                }
                text.push_str("</row>");
            }
            Piece::Rows(rows) => {
                for row in &rows {
                    push_sheet_row(&mut text, row);
                }
            }
            Piece::End => {
                text.push_str(SHEET_END);
                zip.write_all(text.as_bytes())?;
                return durable(zip.finish()?);
            }
        }
        zip.write_all(text.as_bytes())?;
        text.clear();
    }
}

fn push_sheet_row(text: &mut String, row: &[Cell]) {
    text.push_str("<row>");
    for cell in row {
        match cell {
            // A cell without a place of its own follows the one before it, so that none may lack.
            Cell::Empty => text.push_str("<c/>"),
            Cell::Number(number) => text.push_str(&format!("<c><v>{number}</v></c>")),
            // A string is no formula in a sheet; the apostrophe is there for whoever saves it as CSV.
            Cell::Text(value) => push_text_cell(text, &protect(value), ""),
        }
    }
    text.push_str("</row>");
}

/// The longest text that a cell may have.
const LONGEST: usize = 32_767;

fn push_text_cell(text: &mut String, value: &str, style: &str) {
    text.push_str("<c");
    text.push_str(style);
    text.push_str(" t=\"inlineStr\"><is><t xml:space=\"preserve\">");
    for letter in value.chars().take(LONGEST) {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            // XML has no way to write these.
            c if c.is_control() && !matches!(c, '\t' | '\n' | '\r') => text.push('\u{fffd}'),
            '\u{fffe}' | '\u{ffff}' => text.push('\u{fffd}'),
            c => text.push(c),
        }
    }
    text.push_str("</t></is></c>");
}
