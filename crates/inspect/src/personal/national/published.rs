//! Numbers that authorities print to show what theirs look like, so that our check digits are not right only in our own eyes.

use super::super::rule::Check;
use super::*;

#[test]
fn published_specimens_are_right_and_with_another_last_digit_they_are_not() {
    let specimens: [(&str, Check); 19] = [
        ("T220001293", western_europe::de_id_card),
        ("C01X00T478", western_europe::de_id_card),
        ("7569217076985", western_europe::ch_ahv),
        ("1237010180", western_europe::at_svnr),
        ("15070649C103", western_europe::de_pension),
        ("112233445 95", eastern_europe::ru_snils),
        ("8001015009087", africa::za_id),
        ("2123456701", oceania::au_medicare),
        ("1M8GDM9AXKP042788", north_america::vin),
        ("1HGCM82633A004352", north_america::vin),
        ("1245319599", north_america::us_npi),
        ("AP5836727", north_america::us_dea),
        ("BB1388568", north_america::us_dea),
        ("011000015", north_america::us_aba),
        ("121042882", north_america::us_aba),
        ("131052308T", nordic::fi_hetu),
        ("9434765919", britain::uk_nhs),
        ("36574261809", western_europe::de_tax_id),
        ("1EG4TE5MK73", north_america::us_mbi),
    ];
    for (specimen, check) in specimens {
        let code = super::super::examples::code_of(specimen);
        assert!(check(&code), "{specimen}");
    }
}

#[test]
fn a_check_character_is_right_for_one_of_all() {
    let one_of = |check: Check, body: &str, characters: &[u8]| {
        let right = characters.iter().filter(|last| check(&[body.as_bytes(), &[**last]].concat()));
        right.copied().map(char::from).collect::<String>()
    };
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    assert_eq!(one_of(southeast_asia::sg_nric, "S0000001", letters), "I");
    assert_eq!(one_of(southeast_asia::sg_nric, "T0000001", letters), "E");
    assert_eq!(one_of(southeast_asia::sg_nric, "F0000001", letters), "U");
    assert_eq!(one_of(east_asia::hk_id, "G987653", b"0123456789A"), "6");
    assert_eq!(one_of(east_asia::tw_id, "A12345671", b"0123456789"), "6");
    assert_eq!(one_of(middle_east::sa_id, "101234567", b"0123456789").len(), 1);
    assert_eq!(one_of(middle_east::ae_id, "78419851234567", b"0123456789").len(), 1);
}
