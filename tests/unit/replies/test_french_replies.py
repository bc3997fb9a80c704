"""French replies in families: invoices by their order, ranges of instalments, notes, reasons of disputes, objections.

Received on Tuesday, 12 May 2026.
"""

from datetime import date

import pytest

from domain.disputes import DisputeReason
from outreach.replies.model import Intent
from tests.unit.replies.test_understand import read

TWO = (("26-4051", "700.00"), ("26-4060", "300.00"))
ONE = ("26-4051", "1200.00")


@pytest.mark.parametrize(
    "body",
    [
        "La première lundi, la seconde le 29.",
        "Je vous vire la première dès lundi et la deuxième le 29.",
        "ok pour la premiere lundi 18, la deuxieme passe le 29",
    ],
)
def test_invoices_told_by_their_order_have_a_day_each(body: str) -> None:
    promise = read(body, "fr", *TWO).promise
    assert promise is not None
    assert [(p.date, p.amount) for p in promise.instalments] == [(date(2026, 5, 18), 700), (date(2026, 5, 29), 300)]


@pytest.mark.parametrize(
    "body",
    [
        "Accepteriez-vous un étalement, disons en six ou huit mensualités ? Le bureau se réunit le 2 juin.",
        "Pourriez-vous nous consentir quatre à six échéances, la première le 30 mai ?",
        "En 3 voire 4 fois à partir du 1er juin, ce serait possible ?",
    ],
)
def test_a_range_of_instalments_is_no_plan_to_note(body: str) -> None:
    reading = read(body, "fr", ONE)
    assert reading.promise is None
    assert reading.intents[0] is Intent.PAYMENT_PLAN
    assert reading.needs_human


def test_the_first_and_the_last_month_tell_how_many_payments() -> None:
    body = "Un ordre permanent de 240 € le 10 de chaque mois, le premier en août et le dernier en décembre."
    promise = read(body, "fr", ONE).promise
    assert promise is not None
    assert [p.date for p in promise.instalments] == [date(2026, month, 10) for month in range(8, 13)]


def test_a_share_behind_the_end_of_a_month_is_no_day_of_it() -> None:
    promise = read("Un tiers fin mai, un tiers fin juin et le dernier tiers fin juillet.", "fr", ONE).promise
    assert promise is not None
    assert [p.date for p in promise.instalments] == [date(2026, 5, 31), date(2026, 6, 30), date(2026, 7, 31)]


@pytest.mark.parametrize(
    ("body", "day"),
    [
        ("Nous souscrivons un billet à ordre de 1 200 €, payable le 15 août. L'original suit le 20.", "2026-08-15"),
        ("On ne passe les virements qu'un vendredi sur deux, vous êtes donc servis vendredi en huit.", "2026-05-22"),
        ("slt jte vire les 1200 dmn sans faute, le client m a payé cet aprem", "2026-05-13"),
    ],
)  # fmt: skip
def test_what_is_told_beside_a_promise_is_no_other_subject(body: str, day: str) -> None:
    reading = read(body, "fr", ONE)
    assert reading.intents == (Intent.PROMISE_TO_PAY,)
    assert reading.promise is not None
    assert [p.date for p in reading.promise.instalments] == [date.fromisoformat(day)]
    assert not reading.needs_human


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("Vous comptez 12 rolls et il en est descendu 11 du camion. Il nous faut l'avoir.", DisputeReason.QUANTITY),
        ("Vous avez facturé Dumas SRL, la commande vient de Dumas SA. À refaire sur la bonne société.",
         DisputeReason.WRONG_ENTITY),
        ("On a mis fin à la location par écrit en mars, vous facturez avril comme si le contrat courait encore.",
         DisputeReason.CONTRACT),
        ("Les portes présentent des coulures, un peintre a dû les reprendre. Nous contestons 450 €, le coût de cette"
         " reprise.", DisputeReason.QUALITY),
        ("Vous avez appliqué 21 % au lieu de 6 %, l'attestation vous avait été remise.", DisputeReason.TAX),
        ("La 26-4051 non : les deux pompes fuient.", DisputeReason.QUALITY),
        ("Le forfait comprenait deux révisions par an, celle-ci est facturée en plus.", DisputeReason.CONTRACT),
        ("Je conteste cet avis. J'ai payé par carte sur votre site le 8 mai.", DisputeReason.ALREADY_PAID),
    ],
)  # fmt: skip
def test_why_an_invoice_is_contested(body: str, reason: DisputeReason) -> None:
    dispute = read(body, "fr", ONE).dispute
    assert dispute is not None
    assert dispute.reason is reason


def test_as_many_invoices_as_are_open_are_all_contested() -> None:
    dispute = read("Nous avons résilié l'abonnement en mars. Ces deux factures-là sont à annuler.", "fr", *TWO).dispute
    assert dispute is not None
    assert set(dispute.invoices) == {"26-4051", "26-4060"}


def test_an_invoice_that_a_short_clause_names_and_the_next_calls_right_is_not_contested() -> None:
    body = "Dans la 26-4060 trois vitrines sur cinq étaient brisées. Quant à la 26-4051, rien à redire."
    dispute = read(body, "fr", *TWO).dispute
    assert dispute is not None
    assert dispute.invoices == ("26-4060",)


def test_an_objection_by_law_brings_a_person() -> None:
    body = (
        "En application du RGPD, je m'oppose au traitement de mon adresse par votre outil et en demande l'effacement."
    )
    reading = read(body, "fr", ONE)
    assert reading.intents[0] is Intent.OPT_OUT
    assert reading.needs_human


def test_a_promise_on_a_condition_has_no_day() -> None:
    reading = read("Si la banque nous suit, vous serez payés fin juin.", "fr", ONE)
    assert reading.promise is None
    assert reading.needs_human


@pytest.mark.parametrize(
    "body",
    [
        "Envoyez-moi le PDF et je vous règle dans la journée.",
        "Corrigez le numéro de commande et le paiement part vendredi.",
    ],
)
def test_do_this_and_i_pay_is_a_condition(body: str) -> None:
    reading = read(body, "fr", ONE)
    assert reading.promise is None
    assert reading.needs_human


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("fr", "En basse saison nos rentrées sont maigres. Pourriez-vous nous accorder un délai de trente jours ?"),
        ("fr", "Rien ne rentre chez nous avant fin août. Serait-il possible de décaler l'échéance au 15 septembre ?"),
    ],
)
def test_hardship_is_the_reason_of_a_plain_wish_for_more_time(language: str, body: str) -> None:
    reading = read(body, language, ONE)
    assert reading.intents == (Intent.TERMS_EXTENSION_REQUEST,)
    assert not reading.needs_human


def test_the_end_of_each_month_is_a_rhythm() -> None:
    body = "Quatre chèques de 300 € encaissables à chaque fin de mois, le premier fin mai."
    promise = read(body, "fr", ONE).promise
    assert promise is not None
    assert [p.date for p in promise.instalments] == [date(2026, 5, 31), date(2026, 6, 30), date(2026, 7, 31),
                                                     date(2026, 8, 31)]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        "Merci de nous adresser un relevé de compte complet pour le 20 juin.",
        "Notre audit démarre le 1er juillet, il nous faudrait l'extrait de notre compte avant le 25 juin.",
    ],
)
def test_a_day_for_a_statement_is_no_day_of_payment(body: str) -> None:
    reading = read(body, "fr", ONE)
    assert reading.intents[0] is Intent.STATEMENT_REQUEST
    assert reading.promise is None


@pytest.mark.parametrize(
    "body",
    [
        "La 26-4051 part le 19, pour les deux autres je vous dirai.",
        "La 26-4051 part le 19, les deux autres attendront.",
        "Je règle la 26-4051 le 19. Les autres restent en suspens.",
    ],
)
def test_invoices_that_are_put_off_are_not_promised(body: str) -> None:
    promise = read(body, "fr", *TWO, ("26-4077", "500.00")).promise
    assert promise is not None
    assert promise.invoices == ("26-4051",)


def test_a_share_behind_a_month_s_name_is_no_day_of_it() -> None:
    promise = read("20 % fin juin, 20 % fin juillet et le solde fin août.", "fr", ONE).promise
    assert promise is not None
    assert [p.date for p in promise.instalments] == [date(2026, 6, 30), date(2026, 7, 31), date(2026, 8, 31)]


def test_a_share_of_a_year_s_sales_is_no_sum() -> None:
    body = "Décembre, c'est quarante pour cent de l'année. Je vous règle tout fin juin, 60 % du chiffre est rentré."
    promise = read(body, "fr", ONE).promise
    assert promise is not None
    assert [(p.date, p.amount) for p in promise.instalments] == [(date(2026, 6, 30), None)]


@pytest.mark.parametrize(
    "body",
    [
        "Je prends note de votre message et le soumets à notre gérant. Vous aurez un retour de ma part jeudi.",
        "Merci pour votre rappel. Je transmets à la comptabilité, vous aurez de leurs nouvelles vendredi.",
        "Bien reçu, vous aurez une réponse de notre part mardi.",
    ],
)
def test_a_day_for_an_answer_is_no_day_of_payment(body: str) -> None:
    reading = read(body, "fr", ONE)
    assert reading.intents == (Intent.ACKNOWLEDGEMENT,)
    assert reading.promise is None


def test_goods_that_were_announced_and_did_not_come_are_no_promise() -> None:
    reading = read("Et ma commande alors ? Prévue le 5, toujours rien. Elle arrive quand ?", "fr", ONE)
    assert reading.promise is None
    assert reading.needs_human


@pytest.mark.parametrize(
    ("body", "day"),
    [
        ("A la fin du mois c'est fait, pas de souci.", "2026-05-31"),
        ("Mercredi de la semaine prochaine c'est réglé, vous pouvez le noter.", "2026-05-20"),
        ("Je règle tout le 20.\n\nPaul\nBoulangerie Mercier - ouvert du mardi au samedi", "2026-05-20"),
    ],
)
def test_a_plain_promise_is_heard(body: str, day: str) -> None:
    promise = read(body, "fr", ONE).promise
    assert promise is not None
    assert [p.date for p in promise.instalments] == [date.fromisoformat(day)]


def test_a_copy_first_and_then_the_payment_is_a_condition() -> None:
    body = (
        "J'ai beau chercher, elle n'est pas là. Renvoyez-moi une copie par courriel et le paiement part le lendemain."
    )
    reading = read(body, "fr", ONE)
    assert set(reading.intents) == {Intent.INVOICE_COPY_REQUEST, Intent.PROMISE_TO_PAY}
    assert reading.promise is None
    assert reading.needs_human


@pytest.mark.parametrize(
    "body",
    [
        "Ah, mille mercis pour ce huitième rappel du mois, ma collection s'enrichit. Surtout ne changez rien.",
        "Quel tact, quelle poésie dans vos courriels automatiques ! Un neuvième et je tapisse la salle d'attente.",
    ],
)
def test_mockery_of_reminders_brings_a_person(body: str) -> None:
    reading = read(body, "fr", ONE)
    assert reading.intents[0] is Intent.COMPLAINT
    assert reading.needs_human


def test_christmas_markets_are_no_day() -> None:
    body = "Sans tournée pas de marchés de Noël. Je n'ai plus aucune rentrée, je ne vois pas comment vous payer."
    reading = read(body, "fr", ONE)
    assert reading.promise is None
    assert reading.intents[0] is Intent.HARDSHIP
