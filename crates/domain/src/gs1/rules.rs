//! What GS1 says about the value behind each identifier (GS1 GS §3; the Barcode Syntax Dictionary has the same
//! as a table). What is not here has no meaning yet.

use super::part::{Check, Part};

/// One identifier's rule, or that of a run of identifiers.
#[derive(Debug)]
pub(super) struct Rule {
    from: u16,
    to: u16,
    pub(super) parts: &'static [Part],
}

impl Rule {
    /// The fewest characters of a value.
    pub(super) fn min(&self) -> usize {
        self.parts.iter().map(Part::shortest).sum()
    }

    /// The most characters of a value.
    pub(super) fn max(&self) -> usize {
        self.parts.iter().map(|part| part.max).sum()
    }
}

/// The rule of an identifier, or `None` when GS1 has given it no meaning.
pub(super) fn rule(identifier: u16) -> Option<&'static Rule> {
    if (MEASURE.from..=MEASURE.to).contains(&identifier) {
        return is_measure(identifier).then_some(&MEASURE);
    }
    RULES.iter().find(|rule| (rule.from..=rule.to).contains(&identifier))
}

/// Weights, lengths, areas and volumes: six digits, of which the identifier's last one are decimals.
const MEASURE: Rule = Rule { from: 3100, to: 3699, parts: &[N6] };

/// From kilograms (310) to cubic yards in logistics (369), with gaps.
fn is_measure(identifier: u16) -> bool {
    matches!(identifier / 10, 310..=316 | 320..=337 | 340..=357 | 360..=369) && identifier % 10 <= 5
}

const N6: Part = Part::n(6);
const KEY13: Part = Part::n(13).must(Check::LastDigit);
const KEY14: Part = Part::n(14).must(Check::LastDigit);
const KEY18: Part = Part::n(18).must(Check::LastDigit);
const DATE: Part = Part::n(6).must(Check::Date);
const DATE_OR_MONTH: Part = Part::n(6).must(Check::DateOrMonth);
const TIME: Part = Part::n(4).must(Check::Time);
const COUNTRY: Part = Part::n(3);

macro_rules! rules {
    ($($from:literal $(to $to:literal)?: $($part:expr),+;)*) => {
        &[$(Rule { from: $from, to: rules!(@last $from $($to)?), parts: &[$($part),+] }),*]
    };
    (@last $from:literal) => { $from };
    (@last $from:literal $to:literal) => { $to };
}

#[rustfmt::skip]
const RULES: &[Rule] = rules! {
    0: KEY18;                    // SSCC: a logistic unit
    1 to 3: KEY14;               // GTIN; of what is inside; made to order
    10: Part::x_to(20);          // lot
    11 to 13: DATE_OR_MONTH;     // made; due; packed
    15 to 17: DATE_OR_MONTH;     // best before; sell by; use by
    20: Part::n(2);              // variant
    21 to 22: Part::x_to(20);    // serial number; consumer variant
    30: Part::n_to(8);           // how many, varying
    37: Part::n_to(8);           // how many of what is inside
    90: Part::x_to(30);          // between two parties
    91 to 99: Part::x_to(90);    // a company's own

    235: Part::x_to(28);         // serial number of a third party
    240 to 241: Part::x_to(30);  // additional; the customer's number
    242: Part::n_to(6);          // variant made to order
    243: Part::x_to(20);         // component of the pack
    250 to 251: Part::x_to(30);  // second serial number; source
    253: KEY13, Part::x_to(17).or_nothing(); // document type
    254: Part::x_to(20);         // extension of a place
    255: KEY13, Part::n_to(12).or_nothing(); // coupon
    400 to 401: Part::x_to(30);  // customer's order; consignment
    402: Part::n(17).must(Check::LastDigit); // shipment
    403: Part::x_to(30);         // routing
    410 to 417: KEY13;           // GLN: places and parties
    420: Part::x_to(20);         // postal code
    421: COUNTRY, Part::x_to(9); // postal code with country
    422: COUNTRY;                // of origin
    423: COUNTRY, COUNTRY.or_nothing(), COUNTRY.or_nothing(), COUNTRY.or_nothing(), COUNTRY.or_nothing();
    424: COUNTRY;
    425: COUNTRY, COUNTRY.or_nothing(), COUNTRY.or_nothing(), COUNTRY.or_nothing(), COUNTRY.or_nothing();
    426: COUNTRY;
    427: Part::x_to(3);          // subdivision of the country
    710 to 717: Part::x_to(20);  // registration of medicines: DE, FR, ES, BR, PT, US, IT, CR

    3900 to 3909: Part::n_to(15);            // amounts and prices
    3910 to 3919: COUNTRY, Part::n_to(15);
    3920 to 3929: Part::n_to(15);
    3930 to 3939: COUNTRY, Part::n_to(15);
    3940 to 3943: Part::n(4);                // percentage off
    3950 to 3955: N6;                        // price by unit
    4300 to 4301: Part::x_to(35);            // where to ship, where to return
    4302 to 4306: Part::x_to(70);
    4307: Part::x(2);
    4308: Part::x_to(30);
    4309: Part::n(20);
    4310 to 4311: Part::x_to(35);
    4312 to 4316: Part::x_to(70);
    4317: Part::x(2);
    4318: Part::x_to(20);
    4319: Part::x_to(30);
    4320: Part::x_to(35);
    4321 to 4323: Part::n(1);
    4324 to 4325: DATE_OR_MONTH, TIME;       // not before, not after
    4326: DATE;                              // released
    4330 to 4333: N6, Part::x(1).or_nothing(); // temperatures
    7001: Part::n(13);                       // NATO stock number
    7002: Part::x_to(30);
    7003: DATE, TIME;                        // expiry to the minute
    7004: Part::n_to(4);                     // active potency
    7005: Part::x_to(12);
    7006: DATE;
    7007: DATE, DATE.or_nothing();
    7008: Part::x_to(3);
    7009: Part::x_to(10);
    7010: Part::x_to(2);
    7011: DATE, TIME.or_nothing();           // test by
    7020 to 7022: Part::x_to(20);
    7023: Part::x_to(30);
    7030 to 7039: COUNTRY, Part::x_to(27);   // processors
    7040: Part::n(1), Part::x(3);
    7041: Part::x_to(4);
    7230 to 7239: Part::x(2), Part::x_to(28); // certificates
    7240: Part::x_to(20);                    // protocol of a study
    7241: Part::n(2);
    7242: Part::x_to(25);
    7250: Part::n(8);                        // a patient's birth, sex, name
    7251: Part::n(8), TIME;
    7252: Part::n(1);
    7253 to 7254: Part::x_to(40);
    7255: Part::x_to(10);
    7256: Part::x_to(90);
    7257: Part::x_to(70);
    7258: Part::x(3);
    7259: Part::x_to(40);
    8001: Part::n(14);
    8002: Part::x_to(20);
    8003: Part::n(1), KEY13, Part::x_to(16).or_nothing(); // returnable asset
    8004: Part::x_to(30);
    8005: N6;
    8006: KEY14, Part::n(4);                 // a piece of a trade item
    8007: Part::x_to(34);
    8008: N6, Part::n(2), Part::n(2).or_nothing(), Part::n(2).or_nothing();
    8009: Part::x_to(50);
    8010: Part::y_to(30);                    // component or part
    8011: Part::n_to(12);
    8012: Part::x_to(20);
    8013 to 8014: Part::x_to(25);            // model; implant
    8017 to 8018: KEY18;                     // who serves, who is served
    8019: Part::n_to(10);
    8020: Part::x_to(25);
    8026: KEY14, Part::n(4);
    8030: Part::z_to(90);                    // signature
    8040 to 8041: Part::n(15);
    8042: Part::n(32);
    8043: Part::n(18), Part::n_to(2).or_nothing();
    8110: Part::x_to(70);
    8111: Part::n(4);
    8112: Part::x_to(70);
    8200: Part::x_to(70);
};
