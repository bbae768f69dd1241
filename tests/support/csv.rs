//! CSV as spreadsheets read it (RFC 4180).

use harness::serde_json::{Map, Value};

/// The records, each with its cells by column name.
pub fn records(text: &str) -> Vec<Value> {
    let mut rows = rows(text).into_iter();
    let header = rows.next().expect("there is a header row");
    let record = |cells: Vec<String>| {
        assert_eq!(cells.len(), header.len(), "a row of another length: {cells:?}");
        let cells = header.iter().cloned().zip(cells.into_iter().map(Value::from));
        Value::Object(cells.collect::<Map<_, _>>())
    };
    rows.map(record).collect()
}

fn rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => cell.extend(characters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            other => cell.push(other),
        }
    }
    assert!(cell.is_empty() && row.is_empty(), "the last row has no end");
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_commas_and_line_ends_belong_to_their_cell() {
        let read = records("a,b\r\n\"x,\"\"y\"\"\",\"1\r\n2\"\r\n");
        assert_eq!(read[0]["a"], "x,\"y\"");
        assert_eq!(read[0]["b"], "1\r\n2");
    }
}
