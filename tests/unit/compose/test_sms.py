"""Parts of a text message, counted as a carrier counts them."""

import pytest

from domain.errors import BadInput
from domain.money import Money
from outreach.compose.render import render
from outreach.compose.samples import sample_letters
from outreach.compose.sms import MAX_CHARACTERS, Alphabet, check_sms, count_segments, estimate_cost, plain_for_sms
from outreach.compose.template_set import load_templates


@pytest.mark.parametrize(
    ("text", "alphabet", "units", "segments"),
    [
        ("", Alphabet.GSM7, 0, 0),
        ("a" * 160, Alphabet.GSM7, 160, 1),
        ("a" * 161, Alphabet.GSM7, 161, 2),
        ("a" * 306, Alphabet.GSM7, 306, 2),
        ("a" * 307, Alphabet.GSM7, 307, 3),
        ("€" * 80, Alphabet.GSM7, 160, 1),
        ("€" * 80 + "a", Alphabet.GSM7, 161, 2),
        ("á" + "a" * 69, Alphabet.UCS2, 70, 1),
        ("á" + "a" * 70, Alphabet.UCS2, 71, 2),
        ("á" + "a" * 133, Alphabet.UCS2, 134, 2),
        ("á" + "a" * 134, Alphabet.UCS2, 135, 3),
        ("請" * 140, Alphabet.UCS2, 140, 3),
        ("😀", Alphabet.UCS2, 2, 1),
        ("😀" * 35, Alphabet.UCS2, 70, 1),
        ("😀" * 36, Alphabet.UCS2, 72, 2),
    ],
)
def test_parts_at_their_edges(text, alphabet, units, segments):
    size = count_segments(text)
    assert (size.alphabet, size.units, size.segments) == (alphabet, units, segments)


def test_a_two_septet_character_is_never_cut_between_parts():
    # 152 + € + 152 + € is 308 septets by sum, but each € moves whole into the next part.
    assert count_segments("a" * 152 + "€" + "a" * 151).segments == 2
    assert count_segments("a" * 152 + "€" + "a" * 152).segments == 3
    assert count_segments("a" * 304 + "€").segments == 2
    assert count_segments("a" * 153 + "a" * 152 + "€").segments == 3


def test_an_emoji_is_never_cut_between_parts():
    assert count_segments("á" + "a" * 65 + "😀" + "a" * 65).segments == 2
    assert count_segments("á" + "a" * 65 + "😀" + "a" * 66).segments == 3


@pytest.mark.parametrize("inside", "éÉñÑüÜ¿¡àäæèùÆÇöÖß§£¥€^{}\\[~]|")
def test_characters_of_the_gsm_alphabet(inside):
    assert count_segments(inside).alphabet is Alphabet.GSM7


@pytest.mark.parametrize("outside", "áíóúÁºª«»âçêëîïôœûÀÈŒẞ„“–’…\u00a0\u202f−元")
def test_one_character_outside_turns_the_whole_message(outside):
    size = count_segments("a" * 100 + outside)
    assert size.alphabet is Alphabet.UCS2
    assert size.outside == outside


def test_toll_free_parts_are_smaller():
    assert count_segments("a" * 306, toll_free=True).segments == 3
    assert count_segments("請" * 133, toll_free=True).segments == 3


def test_hard_spaces_and_curly_marks_become_plain_and_letters_stay():
    assert plain_for_sms("1\u202f234,50\u00a0€ – « l’été »… CHF 1’234.50\n „so“") == (
        '1 234,50 € - "l\'été"... CHF 1\'234.50 "so"'
    )


def test_cost_is_parts_times_price():
    assert estimate_cost("a" * 161, Money(75, "EUR")) == Money(150, "EUR")
    assert estimate_cost("", Money(75, "EUR")) == Money(0, "EUR")


def test_a_message_that_no_provider_takes_is_refused():
    with pytest.raises(BadInput, match="empty"):
        check_sms("")
    with pytest.raises(BadInput, match="1600"):
        check_sms("a" * (MAX_CHARACTERS + 1))
    assert check_sms("a" * 1530).segments == 10


LIMITS = {"en_GB": 2, "en_US": 2, "de_DE": 2, "de_CH": 2, "es_ES": 2, "es_MX": 2, "fr_FR": 2, "fr_CA": 2, "ja_JP": 3}


@pytest.mark.parametrize("locale", sorted(LIMITS))
def test_every_steps_sms_fits_its_parts_names_the_sender_first_and_tells_how_to_stop(locale):
    hints = {"en": "STOP", "de": "STOPP", "es": "BAJA", "fr": "STOP", "ja": "停止"}
    for letter in sample_letters(locale):
        sms = render(load_templates(), letter).sms
        size = check_sms(sms, max_segments=LIMITS[locale])
        assert sms.startswith(letter.creditor.name)
        assert hints[locale[:2]] in sms or letter.stage == "opt_out_confirmed"
        assert sms.count("http") <= 1
        if locale != "ja_JP":
            assert size.alphabet is Alphabet.GSM7, (letter.stage, size.outside, sms)
        if letter.reply_url and letter.reply_url in sms:
            after = sms.split(letter.reply_url)[1]
            assert after == "" or after.startswith(" "), "the link must end where it ends"
