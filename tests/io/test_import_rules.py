"""Import rules: told files are read as the user said once, by window and command line alike."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.io import fits
from click.testing import CliRunner

from spectragui.cli.main import commands
from spectragui.core.errors import ReadError, SettingsError
from spectragui.core.spectrum import orders_of
from spectragui.io import ReadOptions, read_spectra
from spectragui.io.import_rules import (
    ImportRule,
    add_rule,
    format_rules,
    import_rules,
    load_rules,
    make_rule,
    parse_rules,
    rules_path,
    save_rules,
)
from spectragui.io.reading.source import Source
from spectragui.io.rule_match import RuleMatch, suggest_matches

WITH_RULES = ReadOptions(use_rules=True)
MYSPEC = RuleMatch((("INSTRUME", "MYSPEC"),))


def write_table(path, instrument="MYSPEC"):
    """Write a table whose columns tell nothing: c1 = wavelength [nm], c2 = counts, c3 = variance."""
    x = np.linspace(500.0, 520.0, 300)
    flux = 100 + 10 * np.sin(x)
    columns = [fits.Column(n, "D", array=a) for n, a in (("c1", x), ("c2", flux), ("c3", np.full(300, 4.0)))]
    table = fits.BinTableHDU.from_columns(columns)
    primary = fits.PrimaryHDU()
    primary.header["INSTRUME"] = instrument
    fits.HDUList([primary, table]).writeto(path)
    return path


def my_rule(**options):
    said = {
        "wavelength_column": "c1", "flux_column": "c2", "error_column": "c3", "error_kind": "variance",
        "unit": "nm", "medium": "vacuum",
    }  # fmt: skip
    return make_rule("MYSPEC", MYSPEC, ReadOptions(**(said | options)))


def test_file_of_the_instrument_is_read_as_the_user_said(tmp_path):
    path = write_table(tmp_path / "a.fits")
    with pytest.raises(ReadError):
        read_spectra(path)
    add_rule(my_rule())
    spectrum = read_spectra(path, WITH_RULES)[0]
    assert spectrum.wavelength_aa[[0, -1]] == pytest.approx([5000.0, 5200.0])
    assert spectrum.uncertainty == pytest.approx(np.full(300, 2.0))
    assert spectrum.spectral_axis.medium == "vacuum"
    assert spectrum.spectral_axis.medium_source == "your rule 'MYSPEC'"
    assert spectrum.meta["import_rule"] == "MYSPEC"
    assert "Read by your import rule 'MYSPEC'" in spectrum.meta["notes"][0]


def test_without_being_asked_for_rules_change_nothing(tmp_path):
    add_rule(my_rule())
    with pytest.raises(ReadError):
        read_spectra(write_table(tmp_path / "a.fits"))


def test_what_is_said_of_one_file_goes_before_its_rule(tmp_path):
    add_rule(my_rule())
    spectrum = read_spectra(write_table(tmp_path / "a.fits"), WITH_RULES.replace(medium="air"))[0]
    assert spectrum.spectral_axis.medium == "air"
    assert spectrum.spectral_axis.medium_source == "told by --medium"


def test_files_of_other_instruments_are_left_alone(tmp_path):
    add_rule(my_rule())
    with pytest.raises(ReadError, match="tells to be wavelength or flux"):
        read_spectra(write_table(tmp_path / "b.fits", "OTHER"), WITH_RULES)


def test_rule_that_no_longer_fits_is_named_in_the_error(tmp_path):
    add_rule(my_rule(flux_column="gone"))
    with pytest.raises(ReadError, match="import rule 'MYSPEC'") as caught:
        read_spectra(write_table(tmp_path / "a.fits"), WITH_RULES)
    assert "--no-rules" in caught.value.hint


def test_file_that_the_rule_does_not_fit_is_read_without_it(tmp_path):
    add_rule(my_rule())
    path = tmp_path / "image.fits"
    image = fits.PrimaryHDU(100 + np.random.default_rng(1).normal(size=400))
    cards = {"INSTRUME": "MYSPEC", "CRVAL1": 5000.0, "CDELT1": 0.1, "CUNIT1": "Angstrom", "CTYPE1": "AWAV"}
    image.header.update(cards)
    image.writeto(path)
    spectrum = read_spectra(path, WITH_RULES.replace())[0]
    assert spectrum.wavelength_aa[0] == pytest.approx(5000.0, rel=1e-3)


def test_where_a_rule_fails_and_the_file_can_be_read_without_it_the_note_says_so(tmp_path):
    add_rule(make_rule("MYSPEC", MYSPEC, ReadOptions(extension="SCI")))
    path = tmp_path / "image.fits"
    image = fits.PrimaryHDU(100 + np.random.default_rng(1).normal(size=400))
    cards = {"INSTRUME": "MYSPEC", "CRVAL1": 5000.0, "CDELT1": 0.1, "CUNIT1": "Angstrom", "CTYPE1": "AWAV"}
    image.header.update(cards)
    image.writeto(path)
    spectrum = read_spectra(path, WITH_RULES)[0]
    assert "import_rule" not in spectrum.meta
    assert any("rule 'MYSPEC'" in note and "Without the rule" in note for note in spectrum.meta["notes"])


@pytest.mark.parametrize("value", ["NN", "", "unknown"])
def test_keyword_that_names_nothing_is_not_suggested(tmp_path, value):
    source = Source(write_table(tmp_path / "a.fits", value))
    assert suggest_matches(source) == []
    source.close()


@pytest.mark.parametrize("has_names", [True, False])
def test_text_is_told_by_its_columns(tmp_path, has_names):
    path = tmp_path / "star.dat"
    x = np.linspace(500.0, 520.0, 60)
    head = "alpha beta gamma delta\n" if has_names else ""
    path.write_text(head + "\n".join(f"{i} {a:.3f} {2 + np.sin(a):.4f} 0.1" for i, a in enumerate(x)))
    match = suggest_matches(Source(path))[0]
    assert match.columns == (("alpha", "beta", "gamma", "delta") if has_names else ())
    add_rule(make_rule("dat", match, ReadOptions(wavelength_column="2", flux_column="3", unit="nm")))
    assert read_spectra(path, WITH_RULES)[0].wavelength_aa[0] == pytest.approx(5000.0)
    other = tmp_path / "other.dat"
    other.write_text("\n".join(f"{a:.3f} {2 + np.sin(a):.4f}" for a in 10 * x))
    assert "import_rule" not in read_spectra(other, WITH_RULES)[0].meta


def test_instrument_keyword_is_suggested_for_real_files(shared_data):
    for name, value in (("harps_gl581_s1d.fits", "HARPS"), ("carmenes_nir_gj699.fits", "CARMENES")):
        source = Source(shared_data / "stars" / name)
        try:
            assert suggest_matches(source)[0].keywords == (("INSTRUME", value),)
        finally:
            source.close()


def test_rule_corrects_a_real_file(shared_data):
    path = shared_data / "stars" / "elodie_taucet.fits"
    before = read_spectra(path)[0].spectral_axis
    source = Source(path)
    match = suggest_matches(source)[0]
    source.close()
    add_rule(make_rule("ELODIE", match, ReadOptions(frame="heliocentric")))
    after = read_spectra(path, WITH_RULES)[0].spectral_axis
    assert after.frame == "heliocentric" != before.frame
    assert np.array_equal(after.values, before.values)


def test_rules_survive_being_written_and_read():
    rules = (
        my_rule(),
        make_rule("dat", RuleMatch(columns=("a", "b"), suffix=".dat"), ReadOptions(unit="nm")),
    )
    found, complaint = parse_rules(format_rules(rules))
    assert found == rules
    assert complaint == ""


def test_export_and_import(tmp_path):
    add_rule(my_rule())
    exported = tmp_path / "rules.toml"
    save_rules(load_rules()[0], exported)
    save_rules(())
    assert import_rules(exported)[0] == (my_rule(),)
    assert load_rules()[0] == (my_rule(),)


def test_import_of_something_else_says_so(tmp_path):
    other = tmp_path / "other.toml"
    other.write_text("[project]\nname = 'x'\n")
    with pytest.raises(ReadError, match="no import rule"):
        import_rules(other)
    other.write_text("not = [toml")
    with pytest.raises(ReadError):
        import_rules(other)


def test_rule_of_the_same_name_takes_its_place():
    add_rule(my_rule())
    add_rule(my_rule(medium="air"))
    assert [rule.options["medium"] for rule in load_rules()[0]] == ["air"]


@pytest.mark.parametrize("text", ["rule = [", "[[rule]]\nname = 'x'\n\x00", b"\xff\xfe"])
def test_damaged_file_is_kept_aside_and_said(text):
    path = rules_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    rules, complaint = load_rules()
    assert rules == ()
    assert "kept as" in complaint
    assert not path.exists()
    assert path.with_name(path.name + ".corrupt").exists()


@pytest.mark.parametrize(
    "text",
    [
        "[[rule]]\nname = 'x'\n[rule.read]\nunit = 'nm'\n",
        "[[rule]]\nname = 'x'\n[rule.match.header]\nA = 'b'\n",
        "[[rule]]\nname = 'x'\n[rule.match.header]\nA = 'b'\n[rule.read]\ncolour = 'red'\n",
        "[[rule]]\nname = 'x'\n[rule.match.header]\nA = 'b'\n[rule.read]\nmedium = 'water'\n",
        "[[rule]]\nname = 'x'\nmatch = 3\n",
        "[[rule]]\nname = 'x'\n[rule.match]\nn_columns = 'many'\n[rule.read]\nunit = 'nm'\n",
        "rule = [3]\n",
    ],
)
def test_rule_that_cannot_be_used_is_said_and_the_others_hold(text):
    good = format_rules([my_rule()]) if "rule = [3]" not in text else ""
    found, complaint = parse_rules(good + text)
    assert len(found) == (1 if good else 0)
    assert "left out" in complaint


def test_rule_without_a_condition_or_without_words_is_refused():
    with pytest.raises(SettingsError):
        make_rule("all", RuleMatch(suffix=".fits"), ReadOptions(unit="nm"))
    with pytest.raises(SettingsError):
        make_rule("none", MYSPEC, ReadOptions())


def test_rule_is_words_for_people():
    rule = ImportRule("x", RuleMatch((("INSTRUME", "MYSPEC"),), suffix=".fit"), {"unit": "nm"})
    assert (rule.match_words(), rule.words()) == ("INSTRUME = MYSPEC, *.fit", "unit nm")


def test_command_line_uses_rules_and_can_leave_them_out(tmp_path):
    path = write_table(tmp_path / "a.fits")
    add_rule(my_rule())
    runner = CliRunner()
    shown = runner.invoke(commands, ["info", str(path)])
    assert shown.exit_code == 0
    assert "5000.00 to 5200.00" in shown.output
    assert "your rule 'MYSPEC'" in shown.output
    assert runner.invoke(commands, ["info", str(path), "--no-rules"]).exit_code == 1


def test_relative_wavelength_file_is_beside_the_spectrum(tmp_path):
    wavelength = np.linspace(5000, 5100, 500)[None, :] + 80 * np.arange(3)[:, None]
    fits.PrimaryHDU(wavelength).writeto(tmp_path / "lambda.fits")
    image = fits.PrimaryHDU(np.random.default_rng(1).normal(100, 1, (3, 500)))
    image.header["INSTRUME"] = "MYSPEC"
    image.writeto(tmp_path / "a.fits")
    add_rule(make_rule("MYSPEC", MYSPEC, ReadOptions(wavelength_file="lambda.fits", unit="Angstrom")))
    assert len(orders_of(read_spectra(tmp_path / "a.fits", WITH_RULES)[0])) == 3
