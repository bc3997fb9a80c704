"""Every step in every locale renders, wholly from values that were given."""

import pytest

from outreach.compose.render import render
from outreach.compose.samples import sample_letters
from outreach.compose.template_set import load_templates

LOCALES = ["en_GB", "en_US", "es_ES", "es_MX", "fr_FR", "fr_CA", "de_DE", "de_AT", "de_CH", "ja_JP"]


@pytest.mark.parametrize("locale", LOCALES)
def test_every_step_renders_in_every_locale_with_subject_text_html_and_sms(locale):
    templates = load_templates()
    for letter in sample_letters(locale):
        message = render(templates, letter)
        for part in (message.subject, message.text, message.html, message.sms):
            assert part.strip()
            assert not {"{{", "{%", "\x02", "\x03", "\x04"} & set(part)
            assert "None" not in part
