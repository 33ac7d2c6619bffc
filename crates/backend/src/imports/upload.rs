//! The form that brings a catalogue file.

use http::{FormPart, Invalid, Multipart, Problem};

use super::running::Upload;

/// The longest name of a file that is kept, in characters.
const LONGEST: usize = 200;

/// Reads the form.
///
/// # Errors
/// What is wrong with it, by the names of its fields.
pub(super) async fn read(mut form: Multipart) -> Result<Upload, Problem> {
    let (mut file, mut is_dry_run) = (None, None);
    while let Some(FormPart { name, file_name, bytes }) = form.next_part().await? {
        let is_given = match name.as_str() {
            "file" => file.replace((file_name, bytes)).is_some(),
            "dry_run" => {
                let word = match &*bytes {
                    b"true" => true,
                    b"false" => false,
                    _ => return Err(wrong("dry_run", "must be true or false")),
                };
                is_dry_run.replace(word).is_some()
            }
            _ => return Err(wrong(&name, "is not a field of this form, which has file and dry_run")),
        };
        if is_given {
            return Err(wrong(&name, "may be given only once"));
        }
    }
    let Some((name, bytes)) = file else { return Err(wrong("file", "is required: a CSV or an .xlsx file")) };
    if bytes.is_empty() {
        return Err(wrong("file", "is empty"));
    }
    Ok(Upload { file_name: file_name(name.as_deref()), bytes, is_dry_run: is_dry_run.unwrap_or(false) })
}

fn wrong(field: &str, detail: &str) -> Problem {
    let mut invalid = Invalid::new();
    invalid.add(format!("/{}", field.replace('~', "~0").replace('/', "~1")), detail);
    invalid.into_problem()
}

/// The name without folders, and without what no screen shows.
fn file_name(given: Option<&str>) -> String {
    let name = given.unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|letter| !letter.is_control()).collect();
    match name.trim() {
        "" => "file".to_owned(),
        name => name.chars().take(LONGEST).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_only_a_name() {
        assert_eq!(file_name(Some(r"C:\Users\ana\registro março.csv")), "registro março.csv");
        assert_eq!(file_name(Some("../../etc/passwd")), "passwd");
        assert_eq!(file_name(Some("a\0b\n.csv")), "ab.csv");
        assert_eq!(file_name(Some(&"ç".repeat(300))).chars().count(), LONGEST);
        for none in [None, Some(""), Some("a/ ")] {
            assert_eq!(file_name(none), "file");
        }
    }
}
