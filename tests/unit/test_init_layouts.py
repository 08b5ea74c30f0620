"""The proposal for layouts that many public data sets have: the right columns, or one line that names the candidates."""

from __future__ import annotations

import pytest

from layouts import Layout, columns, mapped
from mirage.errors import StudyError
from mirage.init.propose import propose


def imdb(of):
    return columns(text=of.text(60), label=of.any_of("neg", "pos"))


def sst(of):
    return columns(sentence=of.text(9), label=of.any_of(0, 1), idx=of.ids(0))


def ag_news(of):
    return columns(Class__Index=of.any_of(1, 2, 3, 4), Title=of.text(7), Description=of.text(30))


def amazon(of):
    return columns(
        star_rating=of.any_of(1, 2, 3, 4, 5), review_headline=of.text(5), review_body=of.text(50), product_category=of.names(6, "cat"),
        review_id=of.ids(), customer_id=of.names(300, "c"), verified_purchase=of.any_of("Y", "N"), marketplace=of.any_of("US"),
    )  # fmt: skip


def civil_comments(of):
    return columns(
        id=of.ids(), comment_text=of.text(30), toxicity=of.numbers(), severe_toxicity=of.numbers(), insult=of.numbers(),
        male=of.numbers(), female=of.numbers(), created_date=of.dates(lambda y, m, d: f"{y}-{m:02}-{d:02}"),
    )  # fmt: skip


def davidson(of):
    votes = of.any_of(0, 1, 2, shares=[0.1, 0.7, 0.2])
    return columns(
        Unnamed__0=of.ids(0), count=of.any_of(3, 6), hate_speech=mapped(votes, {"0": "3", "1": "0", "2": "0"}),
        offensive_language=of.any_of(0, 1, 2, 3), neither=of.any_of(0, 1, 2, 3), **{"class": votes}, tweet=of.text(),
    )  # fmt: skip


def olid(of):
    first = of.any_of("NOT", "OFF", shares=[0.65, 0.35])
    second = mapped(first, {"NOT": "NULL", "OFF": "TIN"})
    third = mapped(second, {"NULL": "NULL", "TIN": "IND"})
    return columns(id=of.ids(), tweet=of.text(), subtask_a=first, subtask_b=second, subtask_c=third)


def semeval_stance(of):
    return columns(
        ID=of.ids(), Target=of.names(5, "target "), Tweet=of.text(), Stance=of.any_of("FAVOR", "AGAINST", "NONE"),
        Opinion__towards=of.any_of("1.", "2.", "3."),
    )  # fmt: skip


def multi_nli(of):
    return columns(
        pairID=of.ids(), genre=of.names(5, "genre"), premise=of.text(15), hypothesis=of.text(9),
        gold_label=of.any_of("entailment", "neutral", "contradiction"), annotator_labels=["['neutral', 'neutral']"] * of.rows,
    )  # fmt: skip


def pan_authors(of):
    return columns(text=of.text(80), author=of.names(5, "author"))


def pubmed_rct(of):
    return columns(
        abstract_id=of.names(60, "a"), line_number=of.whole(0, 9), total_lines=of.whole(8, 12), sentence=of.text(20),
        target=of.any_of("BACKGROUND", "METHODS", "RESULTS", "CONCLUSIONS"),
    )  # fmt: skip


def med_nli(of):
    return columns(sentence1=of.text(15), sentence2=of.text(8), gold_label=of.any_of("entailment", "neutral", "contradiction"))


def spam(of):
    nothing = [""] * of.rows
    return columns(v1=of.any_of("ham", "spam", shares=[0.85, 0.15]), v2=of.text(15), Unnamed__2=nothing, Unnamed__3=nothing)


def fake_news(of):
    label = of.any_of(0, 1)
    subject = [f"{value}-{row % 2}" for row, value in enumerate(label)]
    date = of.dates(lambda y, m, d: f"December {d}, {y}")
    return columns(title=of.text(10), text=of.text(90), subject=subject, date=date, label=label)


def trec(of):
    fine = of.any_of(*(f"{coarse}:{kind}" for coarse in ("DESC", "ENTY", "HUM") for kind in ("a", "b", "c")))
    coarse = mapped(fine, lambda value: value.partition(":")[0])
    return columns(**{"label-coarse": coarse, "label-fine": fine}, text=of.text(8))


def go_emotions(of):
    names = ("admiration", "amusement", "anger", "annoyance", "approval", "caring", "confusion", "curiosity", "desire", "joy")
    return columns(text=of.text(), **{name: of.any_of(0, 1, shares=[0.9, 0.1]) for name in names})


def github_issues(of):
    return columns(repo=of.names(5, "repo"), title=of.text(8), body=of.text(60), labels=of.any_of("['bug']", "['bug', 'ui']"))


def jigsaw(of):
    names = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")
    return columns(id=of.ids(), comment_text=of.text(30), **{name: of.any_of(0, 1, shares=[0.9, 0.1]) for name in names})


def airline(of):
    sentiment = of.any_of("negative", "neutral", "positive", shares=[0.6, 0.2, 0.2])
    reasons = of.any_of("Late Flight", "Lost Luggage", "Bad Service")
    reason = [why if value == "negative" else "" for value, why in zip(sentiment, reasons, strict=True)]
    gold = ["" if row % 50 else value for row, value in enumerate(sentiment)]
    return columns(
        tweet_id=of.ids(), airline_sentiment=sentiment, airline_sentiment_confidence=of.numbers(), negativereason=reason,
        negativereason_confidence=of.numbers(), airline=of.names(6, "air"), airline_sentiment_gold=gold, name=of.names(400, "user"),
        negativereason_gold=[""] * of.rows, retweet_count=of.whole(0, 4), text=of.text(18), tweet_coord=[""] * of.rows,
        tweet_created=of.dates(lambda y, m, d: f"{y}-{m:02}-{d:02} 11:35:52 -0800"), tweet_location=of.names(200, "place "),
    )  # fmt: skip


def stack_overflow(of):
    return columns(
        Id=of.ids(), Title=of.text(8), Body=of.text(90), Tags=of.names(300, "<tag>"), Y=of.any_of("HQ", "LQ_CLOSE", "LQ_EDIT"),
        CreationDate=of.dates(lambda y, m, d: f"{y}-{m:02}-{d:02} 00:21:44"),
    )  # fmt: skip


def legal(of):
    return columns(
        case_id=of.names(80, "case"), year=of.whole(1950, 2010), court=of.names(4, "court"), text=of.text(70),
        outcome=of.any_of("affirmed", "reversed"),
    )  # fmt: skip


def annotators(of):
    texts = [f"text number {row // 3} of the lamp" for row in range(of.rows)]
    return columns(text=texts, annotator=of.names(3, "rater"), label=of.any_of("yes", "no"))


def given_split(of):
    return columns(
        text=of.text(), label=of.any_of(0, 1), split=of.any_of("train", "validation", "test", shares=[0.8, 0.1, 0.1])
    )


def languages(of):
    return columns(
        text=of.text(), language=of.names(3, "l"), site=of.names(4, "site"), label=of.any_of("hateful", "not hateful")
    )


def sentiment140(of):
    return columns(
        target=of.any_of(0, 4), ids=of.ids(), date=of.dates(lambda y, m, d: f"Mon Apr {d:02} 22:19:45 PDT {y}"),
        flag=["NO_QUERY"] * of.rows, user=of.names(350, "u"), text=of.text(14),
    )  # fmt: skip


def disaster(of):
    keyword = of.names(20, "word")
    return columns(id=of.ids(), keyword=keyword, location=of.names(300, "in "), text=of.text(15), target=of.any_of(0, 1))


def fine_foods(of):
    return columns(
        Id=of.ids(), ProductId=of.names(40, "B"), UserId=of.names(350, "A"), HelpfulnessNumerator=of.whole(0, 5),
        Score=of.any_of(1, 2, 3, 4, 5),
        Time=of.whole(1300000000, 1350000000), Summary=of.text(5), Text=of.text(70),
    )  # fmt: skip


def twenty_newsgroups(of):
    target = of.whole(0, 9)
    return columns(text=of.text(80), target=target, target_names=mapped(target, lambda value: f"group.{value}"))


def news_category(of):
    return columns(
        link=[f"https://example.org/{row}" for row in range(of.rows)], headline=of.text(9),
        category=of.any_of("POLITICS", "SPORTS", "TRAVEL"), short_description=of.text(20), authors=of.names(40, "By "),
        date=of.dates(lambda y, m, d: f"{y}-{m:02}-{d:02}"),
    )  # fmt: skip


def mbti(of):
    return columns(type=of.any_of("INTJ", "ENFP", "ISTP"), posts=of.text(90))


def ai_or_human(of):
    model = of.any_of("human", "gpt", "llama", "mistral")
    label = mapped(model, lambda value: "human" if value == "human" else "AI")
    return columns(text=of.text(70), domain=of.names(5, "domain"), model=model, label=label)


def chinese(of):
    return columns(review=[f"这家酒店的房间很干净服务也不错{row}" for row in range(of.rows)], label=of.any_of(0, 1))


def hate_by_cut(of):
    score = of.numbers(-5, 5)
    label = mapped(score, lambda value: str(int(float(value) > 0.5)))
    return columns(comment_id=of.ids(), text=of.text(), platform=of.names(3, "p"), hate_speech_score=score, label=label)


def babe(of):
    label = of.any_of("Biased", "Non-biased")
    label[7] = "No agreement"
    return columns(
        text=of.text(25), news_link=of.names(500, "https://example.org/"), outlet=of.names(8, "outlet"), topic=of.names(12, "topic"),
        type=of.any_of("left", "center", "right"), label_bias=label, label_opinion=of.any_of("factual", "opinion", "No agreement"),
        biased_words=of.any_of("['a']", "[]"),
    )  # fmt: skip


def meld(of):
    return columns(
        **{"Sr No.": of.ids()}, Utterance=of.text(10), Speaker=of.names(6, "s"), Emotion=of.any_of("joy", "anger", "neutral"),
        Sentiment=of.any_of("positive", "negative", "neutral"), Dialogue_ID=of.names(80, ""), Season=of.whole(1, 9),
    )  # fmt: skip


def forum(of):
    return columns(
        file_id=of.ids(), user_id=of.names(200, "u"), subforum_id=of.names(7, "f"), num_contexts=of.whole(0, 3), text=of.text(),
        label=of.any_of("noHate", "hate", shares=[0.9, 0.1]),
    )  # fmt: skip


def headlines(of):
    link = [f"https://{'ab'[row % 2]}.example.org/{row}" for row in range(of.rows)]
    return columns(article_link=link, headline=of.text(9), is_sarcastic=of.any_of(0, 1))


def full_semeval(of):
    return columns(
        Tweet=of.text(), Target=of.names(6, "t"), Stance=of.any_of("FAVOR", "AGAINST", "NONE"),
        **{"Opinion Towards": of.any_of("TARGET", "OTHER", "NO ONE"), "Sentiment": of.any_of("pos", "neg", "other")},
    )  # fmt: skip


def hasoc(of):
    first = of.any_of("HOF", "NOT")
    second = mapped(first, {"HOF": "HATE", "NOT": "NONE"})
    return columns(text_id=of.ids(), text=of.text(), task_1=first, task_2=second)


def crowd(of):
    """Tools that collect annotations put the confidence beside what was judged, and a bar before columns of their own."""
    return columns(
        _unit_id=of.ids(), _golden=of.any_of("False", "True"), gender=of.any_of("male", "female", "brand"),
        **{"gender:confidence": of.numbers()}, text=of.text(), tweet_count=of.whole(1, 9000), user_timezone=of.names(20),
    )  # fmt: skip


def crisis_mmd(of):
    return columns(
        event_name=of.names(7), tweet_id=of.ids(), text_info=of.any_of("informative", "not_informative"), text_info_conf=of.numbers(),
        tweet_text=of.text(),
    )  # fmt: skip


def clothing(of):
    return columns(
        **{"Clothing ID": of.names(100, ""), "Age": of.whole(18, 90), "Title": of.text(5), "Review Text": of.text(40)},
        **{
            "Rating": of.any_of(1, 2, 3, 4, 5),
            "Department Name": of.names(6),
            "Class Name": of.any_of("Dresses", "Knits", "Pants"),
        },
    )


def clinc(of):
    intent = of.names(60, "i")
    return columns(text=of.text(8), intent=intent, domain=mapped(intent, lambda value: str(int(value[1:]) // 10)))


def duplicates_of_questions(of):
    return columns(id=of.ids(), qid1=of.ids(9), question1=of.text(), question2=of.text(), is_duplicate=of.any_of(0, 1))


def mails(of):
    """A subject line is no group, however often it stands there."""
    return columns(
        Subject=of.names(6, "Re: offer "), Message=of.text(60), Sender=of.names(40, "s"), is_phishing=of.any_of(0, 1)
    )


def hate_of_raters(of):
    """Numbered columns are the answers of raters, and whom a text is about in yes and no is no place."""
    label = of.any_of("hate", "offensive", "normal")
    return columns(
        post=of.text(), platform=of.names(3, "p"), **{f"target{rater}": of.any_of("None", "Women", "Islam") for rater in (1, 2, 3)},
        target_race=of.any_of("True", "False"), annotator_gender=of.any_of("m", "f", "x"), final_label=label,
    )  # fmt: skip


def snli(of):
    return columns(
        gold_label=of.any_of("entailment", "neutral", "contradiction"), captionID=of.names(200, "c"),
        sentence1=of.names(200, "the quiet lamp by the river number "), sentence2=of.text(7),
    )  # fmt: skip


def emergent(of):
    claim = of.names(40)
    return columns(
        claim=mapped(claim, lambda name: f"people say that {name} is true"), claimId=claim, headline=of.text(9), articleId=of.ids(),
        stance=of.any_of("for", "against", "observing"),
    )  # fmt: skip


def paraphrases(of):
    return columns(Quality=of.any_of(0, 1), **{"#1 ID": of.ids(), "#1 String": of.text(), "#2 String": of.text()})


def scicite(of):
    return columns(
        string=of.text(30), label=of.any_of("background", "method", "result"), isKeyCitation=of.any_of("true", "false"),
        citingPaperId=of.names(200, "a"), citedPaperId=of.names(260, "b"), source=of.any_of("explicit", "acronym", "properNoun"),
    )  # fmt: skip


def hate_scales(of):
    return columns(
        comment_id=of.names(200, "c"), annotator_severity=of.numbers(), sentiment=of.whole(0, 4), insult=of.whole(0, 4),
        hatespeech=of.any_of(0, 1, 2), hate_speech_score=of.numbers(-5, 5), text=of.text(), platform=of.names(4, "p"),
    )  # fmt: skip


def drafts(of):
    """What a text answers stands beside it."""
    return columns(prompt=of.text(60), generation=of.text(15), label=of.any_of(0, 1), is_retweet=of.any_of("True", "False"))


def answers(of):
    return columns(
        question=of.names(50, "why is the lamp by river number "),
        student_answer=of.text(12),
        label=of.any_of("correct", "incorrect"),
    )


def form(of):
    """The last word of a question does not say what its answers are."""
    return columns(
        Timestamp=of.dates(lambda y, m, d: f"{m}/{d}/{y} 10:01:02"), **{"Please tell us why": of.text(20)},
        **{"Which branch do you use most?": of.names(3), "How happy are you with the library?": of.names(4, "b")},
        label=of.any_of("yes", "no"),
    )  # fmt: skip


def catalogue(of):
    return columns(
        PPN=of.ids(), Titel=of.text(7), Verlag=of.names(12), Erscheinungsjahr=of.whole(1950, 2015), Sachgruppe=of.names(5, "s"),
        Sprache=of.names(3, "l"),
    )  # fmt: skip


def news(of):
    """A finer label and words of a catalogue are no rivals of a category."""
    finer = of.any_of(*(f"{kind}-{part}" for kind in "xyz" for part in "ab"))
    return columns(
        category=mapped(finer, lambda value: value[0]), subcategory=finer, title=of.text(9), abstract=of.text(30),
        words=of.any_of("war; art", "art; state", "war", "law; art"),
    )  # fmt: skip


def votes(of):
    """A judgement in few rows stops no other."""
    return columns(text=of.text(), rating=["" if row % 3 else str(row % 5) for row in range(of.rows)], kind=of.names(4, "k"))


PROPOSED = {
    # layout: text, label, group, unit, time, positive, what gives the label away
    imdb: ("text", "label", None, None, None, "pos", ()),
    sst: ("sentence", "label", None, None, None, "1", ()),
    ag_news: ("Title and Description", "Class Index", None, None, None, None, ()),
    amazon: ("review_headline and review_body", "star_rating", "product_category", "customer_id", None, None, ()),
    davidson: ("tweet", "class", None, None, None, None, ("hate_speech",)),
    olid: ("tweet", "subtask_a", None, None, None, "OFF", ("subtask_b", "subtask_c")),
    semeval_stance: ("Tweet", "Stance", "Target", None, None, None, ()),
    multi_nli: ("premise and hypothesis", "gold_label", "genre", None, None, None, ()),
    pan_authors: ("text", "author", None, None, None, None, ()),
    pubmed_rct: ("sentence", "target", "abstract_id", "abstract_id", None, None, ()),
    med_nli: ("sentence1 and sentence2", "gold_label", None, None, None, None, ()),
    spam: ("v2", "v1", None, None, None, "spam", ()),
    fake_news: ("title and text", "label", None, None, "date", "1", ("subject",)),
    trec: ("text", "label-coarse", None, None, None, None, ("label-fine",)),
    jigsaw: ("comment_text", "toxic", None, None, None, "1", ()),
    airline: ("text", "airline_sentiment", "airline", None, "tweet_created", None, ("negativereason",)),
    stack_overflow: ("Title and Body", "Y", None, None, "CreationDate", None, ()),
    legal: ("text", "outcome", "court", "case_id", "year", None, ()),
    annotators: ("text", "label", "annotator", None, None, "yes", ()),
    given_split: ("text", "label", None, None, None, "1", ()),
    languages: ("text", "label", "site", None, None, "hateful", ()),
    sentiment140: ("text", "target", None, "user", "date", "4", ()),
    disaster: ("text", "target", "keyword", None, None, "1", ()),
    fine_foods: ("Summary and Text", "Score", "ProductId", "UserId", None, None, ()),
    twenty_newsgroups: ("text", "target", None, None, None, None, ("target_names",)),
    news_category: ("headline and short_description", "category", "authors", "authors", "date", None, ()),
    mbti: ("posts", "type", None, None, None, None, ()),
    ai_or_human: ("text", "label", "domain", None, None, "AI", ("model",)),
    chinese: ("review", "label", None, None, None, "1", ()),
    hasoc: ("text", "task_1", None, None, None, "HOF", ("task_2",)),
    crowd: ("text", "gender", "user_timezone", None, None, None, ()),
    crisis_mmd: ("tweet_text", "text_info", "event_name", None, None, "informative", ()),
    clothing: ("Title and Review Text", "Rating", "Department Name", "Clothing ID", None, None, ()),
    clinc: ("text", "intent", None, None, None, None, ("domain",)),
    duplicates_of_questions: ("question1 and question2", "is_duplicate", None, None, None, "1", ()),
    meld: ("Utterance", "Emotion", "Speaker", "Dialogue_ID", None, None, ()),
    forum: ("text", "label", "subforum_id", "user_id", None, "hate", ()),
    headlines: ("headline", "is_sarcastic", None, None, None, "1", ()),
    full_semeval: ("Tweet", "Stance", "Target", None, None, None, ()),
    mails: ("Message", "is_phishing", "Sender", None, None, "1", ()),
    hate_of_raters: ("post", "final_label", "platform", None, None, None, ()),
    snli: ("sentence1 and sentence2", "gold_label", None, "captionID", None, None, ()),
    emergent: ("headline", "stance", "claimId", "claimId", None, None, ()),
    paraphrases: ("#1 String and #2 String", "Quality", None, None, None, "1", ()),
    scicite: ("string", "label", "source", "citingPaperId", None, None, ()),
    hate_scales: ("text", "hatespeech", "platform", "comment_id", None, None, ()),
    drafts: ("generation", "label", None, None, None, "1", ()),
    answers: ("student_answer", "label", "question", None, None, "correct", ()),
    form: ("Please tell us why", "label", "Which branch do you use most?", None, "Timestamp", "yes", ()),
    catalogue: ("Titel", "Sachgruppe", "Verlag", None, "Erscheinungsjahr", None, ()),
    news: ("title and abstract", "category", None, None, None, None, ("subcategory",)),
    votes: ("text", "kind", None, None, None, None, ()),
    hate_by_cut: ("text", "label", "platform", None, None, "1", ("hate_speech_score",)),
}  # fmt: skip


@pytest.mark.parametrize("layout", PROPOSED, ids=lambda layout: layout.__name__)
def test_a_known_layout_is_read_right(layout):
    text, label, group, unit, time, positive, away = PROPOSED[layout]
    found = propose(layout(Layout()), {})
    roles = ("text", "label", "group", "unit", "time")
    assert tuple(found.column(role) for role in roles) == (text, label, group, unit, time)
    assert set(away) <= set(found.giving_away)
    assert not set(found.giving_away) & {group, *found.metadata}
    assert positive in (None, found.positive)


def complaints(of):
    return columns(
        **{"Product": of.names(6, "p"), "Consumer complaint narrative": of.text(50), "Company": of.names(30, "c")},
        **{"Consumer disputed?": of.any_of("Yes", "No")},
    )


def civil_comments_with_ratings(of):
    return columns(target=of.numbers(), comment_text=of.text(30), rating=of.any_of("approved", "rejected"))


def generations(of):
    return columns(generation=of.text(), target_group=of.names(4), toxicity_human=of.whole(1, 5), intent=of.whole(1, 5))


def two_labels(of):
    return columns(text=of.text(), **{"tone-label": of.any_of("a1", "b1"), "topic-label": of.any_of("x1", "y1", "z1")})


def two_verdicts(of):
    return columns(text=of.text(), claimTruthiness=of.any_of("t1", "f1"), articleStance=of.any_of("x1", "y1", "z1"))


def answers_of_a_form(of):
    return columns(text=of.text(), Q2=of.any_of("agree", "disagree"), Q3=of.any_of("often", "seldom"), finished=of.any_of(0, 1))


def kinds_beside(of):
    return columns(text=of.text(), part_type=of.names(3), effectiveness=of.any_of("low", "mid", "high"))


def of_parties(of):
    return columns(text=of.text(), speaker=of.names(40), party=of.any_of("D", "R"), chamber=of.any_of("H", "S"))


def scored(of):
    return columns(text=of.text(), hotel=of.names(30), Reviewer_Score=of.numbers(2, 10), nation=of.names(9))


def two_confidences(of):
    """What somebody was asked how sure they are of was judged, whatever the names are worth."""
    return columns(
        text=of.text(), is_constructive=of.any_of("yes", "no"), is_constructive_confidence=of.numbers(),
        toxicity_level=of.whole(1, 4), toxicity_level_confidence=of.numbers(),
    )  # fmt: skip


def measures(of):
    return columns(text=of.text(), average=of.numbers(), std=of.numbers())


REFUSED = {
    civil_comments_with_ratings: "which column is the label? target (",
    generations: "which column is the label? toxicity_human (",
    two_labels: "which column is the label? tone-label (a1, b1), topic-label (",
    two_verdicts: "which column is the label? claimTruthiness (t1, f1), articleStance (",
    answers_of_a_form: "which column is the label? Q2 (agree, disagree), Q3 (",
    kinds_beside: "which column is the label? part_type (n0, n1, n2), effectiveness (",
    of_parties: "which column is the label? chamber (S, H), party (",
    scored: "which column is the label? Reviewer_Score (",
    two_confidences: "which column is the label? is_constructive (yes, no), toxicity_level (",
    measures: "which column is the label? average (",
    babe: "which column is the label? label_bias (Non-biased, Biased, No agreement), label_opinion (",
    civil_comments: "the column toxicity holds numbers from 0",
    go_emotions: "which column is the label? admiration (",
    complaints: "which column is the label? Product (p0, p1, p2 and 3 more), Consumer disputed? (",
    github_issues: "the column labels holds lists of labels, such as ['bug'",
}


@pytest.mark.parametrize("layout", REFUSED, ids=lambda layout: layout.__name__)
def test_what_a_layout_leaves_open_is_asked_in_one_line(layout):
    with pytest.raises(StudyError) as caught:
        propose(layout(Layout()), {})
    said = str(caught.value)
    assert "\n" not in said
    assert said.startswith(REFUSED[layout])
