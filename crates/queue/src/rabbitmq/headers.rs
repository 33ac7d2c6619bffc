//! What a delivery says of its message beside id, type and trace, as text for a person.

use std::collections::BTreeMap;

use lapin::{message::Delivery, types::AMQPValue};
use serde_json::{Value, json};

/// Headers by their names, and AMQP's own properties by theirs, such as `content-type`. Where both are there,
/// the property.
pub(super) fn of(delivery: &Delivery) -> BTreeMap<String, String> {
    let properties = &delivery.properties;
    let mut all = BTreeMap::new();
    if let Some(headers) = properties.headers() {
        let table = headers.inner().iter().filter(|(name, _)| name.as_str() != "traceparent");
        all.extend(table.map(|(name, value)| (name.to_string(), text(value))));
    }
    let number = |number: Option<u64>| number.map(|number| number.to_string());
    let short = |text: &Option<lapin::types::ShortString>| text.as_ref().map(ToString::to_string);
    let exchange = (!delivery.exchange.as_str().is_empty()).then(|| delivery.exchange.to_string());
    let named = [
        ("content-type", short(properties.content_type())),
        ("content-encoding", short(properties.content_encoding())),
        ("delivery-mode", number(properties.delivery_mode().map(u64::from))),
        ("priority", number(properties.priority().map(u64::from))),
        ("correlation-id", short(properties.correlation_id())),
        ("reply-to", short(properties.reply_to())),
        ("expiration", short(properties.expiration())),
        ("timestamp", number(*properties.timestamp())),
        ("user-id", short(properties.user_id())),
        ("app-id", short(properties.app_id())),
        ("exchange", exchange),
    ];
    all.extend(named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    all
}

/// A text as it is, anything else as JSON.
fn text(value: &AMQPValue) -> String {
    match json(value) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn json(value: &AMQPValue) -> Value {
    match value {
        AMQPValue::Boolean(value) => json!(value),
        AMQPValue::ShortShortInt(value) => json!(value),
        AMQPValue::ShortShortUInt(value) => json!(value),
        AMQPValue::ShortInt(value) => json!(value),
        AMQPValue::ShortUInt(value) => json!(value),
        AMQPValue::LongInt(value) => json!(value),
        AMQPValue::LongUInt(value) => json!(value),
        AMQPValue::LongLongInt(value) => json!(value),
        AMQPValue::Float(value) => json!(value),
        AMQPValue::Double(value) => json!(value),
        AMQPValue::DecimalValue(value) => json!({ "scale": value.scale, "value": value.value }),
        AMQPValue::ShortString(value) => json!(value.as_str()),
        AMQPValue::LongString(value) => json!(String::from_utf8_lossy(value.as_bytes())),
        AMQPValue::FieldArray(values) => values.as_slice().iter().map(json).collect(),
        AMQPValue::Timestamp(value) => json!(value),
        AMQPValue::FieldTable(table) => {
            Value::Object(table.inner().iter().map(|(name, value)| (name.to_string(), json(value))).collect())
        }
        AMQPValue::ByteArray(bytes) => json!(String::from_utf8_lossy(bytes.as_slice())),
        AMQPValue::Void => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use lapin::{
        BasicProperties,
        types::{FieldArray, FieldTable},
    };

    use super::*;

    #[test]
    fn headers_and_properties_are_kept_as_text() {
        let mut death = FieldTable::default();
        death.insert("reason".into(), AMQPValue::LongString("rejected".into()));
        death.insert("count".into(), AMQPValue::LongLongInt(1));
        let mut headers = FieldTable::default();
        headers.insert("x-death".into(), AMQPValue::FieldArray(FieldArray::from(vec![AMQPValue::FieldTable(death)])));
        headers.insert("ward".into(), AMQPValue::LongString("UTI".into()));
        headers.insert("traceparent".into(), AMQPValue::LongString("00-a-b-01".into()));
        let mut delivery = Delivery::mock(1, "".into(), "orders".into(), false, Vec::new());
        delivery.properties = BasicProperties::default()
            .with_headers(headers)
            .with_content_type("text/plain".into())
            .with_timestamp(1_773_065_100)
            .with_app_id("other".into());
        let expected = [
            ("app-id", "other"),
            ("content-type", "text/plain"),
            ("timestamp", "1773065100"),
            ("ward", "UTI"),
            ("x-death", r#"[{"count":1,"reason":"rejected"}]"#),
        ];
        assert_eq!(of(&delivery), expected.map(|(name, text)| (name.to_owned(), text.to_owned())).into());
    }
}
