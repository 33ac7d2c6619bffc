//! A form with a file, as a browser sends it.

/// Stands between the parts; no file of ours holds it.
const BOUNDARY: &str = "botica-7d1f4c0e9b";

/// A part of a form.
#[derive(Clone, Copy, Debug)]
pub struct FormPart<'a> {
    /// The field's name.
    pub name: &'a str,
    /// What the file is called; `None` for a field that is no file.
    pub file_name: Option<&'a str>,
    /// What it holds.
    pub bytes: &'a [u8],
}

/// The form with a catalogue file.
pub fn import_form(file_name: &str, bytes: &[u8], is_dry_run: bool) -> (String, Vec<u8>) {
    let dry_run: &[u8] = if is_dry_run { b"true" } else { b"false" };
    form(&[
        FormPart { name: "file", file_name: Some(file_name), bytes },
        FormPart { name: "dry_run", file_name: None, bytes: dry_run },
    ])
}

/// The content type and the body of a form.
pub fn form(parts: &[FormPart<'_>]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for FormPart { name, file_name, bytes } in parts {
        let file_name = file_name.map(|file_name| format!("; filename=\"{file_name}\"")).unwrap_or_default();
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file_name}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}
