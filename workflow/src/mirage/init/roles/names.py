"""What the name of a column says about its role: its words, whatever case and marks they are written in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mirage.init.inspect import Column


def words_of(text: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(text.split())


SURE, SEMANTIC, LEAST_SURE, DUAL = 4, 2, 1.5, 1
"""How surely a name says "label": it does; it is a thing that is judged; it begins with one; it may as well be where rows come from."""

_LABEL_WORDS = words_of("label labels gold class classes")
_LABEL_NAMES = words_of(
    "label labels y gold class target_class ground_truth gold_standard true_label gold_label label_gold final_label "
    "majority_label class_label label_name label_class label_id label_idx label_text labels_text final consensus adjudicated majority "
    "majority_vote etiqueta etichetta étiquette etiquette klasse clase classe метка класс 标签 标注 ラベル 라벨"
)
# The label as it stands comes before its number or its words.
_FIRST_LABEL_NAMES = words_of("label labels y gold class gold_label label_gold true_label final_label majority_label")
_SEMANTIC = re.compile(
    r"stance|sentiments?|polarity|emotions?|accept(able|ability)|grammatical(ity)?|toxic\w*|hate\w*|hateful|offens\w+|abus\w+|sexis[tm]|racis[tm]"
    r"|misogyn\w+|sarcas\w+|iron(y|ic)|humou?r\w*|spam\w*|phish\w*|fake|bias(ed)?|verdict|veracity|truth\w*|ruling|intents?|rating|ratings|stars?"
    r"|annotations?|grade|severity|diagnosis|outcome|decision|judge?ment|relevan(t|ce)|relatedness|informative\w*|urgen(t|cy)|(sub)?task_\w"
    r"|entailment|answer_?type|humanitarian|propaganda\w*|claim_?worth\w*|check_?worth\w*|subjectiv\w+|objectiv\w+|clickbait"
    r"|cyberbull\w+|bully\w*|aggress\w+|dialogue_?act|coarse|fine|decepti\w+|(hyper)?partisan\w*|violat\w+|sentimiento|sentimento|stimmung|тональность|情感"
)
# Kinds of what another column judges as a whole.
_KIND = re.compile(r"profan\w+|obscen\w+|threat\w*|insult\w*|identity_\w+")
_DUAL = words_of(
    "target topic topics priority category categories type types product genre section theme subject kind tag department disease "
    "specialty"
)
_SCORES = words_of("score overall points")
MOST_SCORES = 10
_YES_OR_NO = words_of("is has")
_CONFIDENCE = ("confidence", "conf", "probability", "prob", "agreement")
# A column that ends so is about a label or a row, and is neither.
_ABOUT = words_of(
    "confidence conf prob probability probs proba reason count counts votes vote agreement weight url link gold_confidence "
    "explanation"
)

_GROUP = re.compile(
    r"source|sources|site|hospital|cent(er|re)|annotator|coder|curator|rater|worker|origin|domain|data_?set|corpus|publisher|journal|outlet"
    r"|newspaper|news_?source|media|country|region|state|city|county|location|language|lang|institution|university|clinic|platform|subreddit"
    r"|subforum|forum|hashtag|keyword|event|incident|crisis|topic|target|product|repo|repository|project|party|functionality|genre|airline"
    r"|brand|company|candidate|politician|celebrity|channel|court|jurisdiction|school|store|shop|vendor|prompt|network|community|page|series|film|movie|template"
    r"|subject|department|category|batch|wave|lab|cohort|model|generator|provider|organi[sz]ation|agency|program(me)?|show|section"
    r"|branch|library|archive|museum|office|campus|mailbox|inbox|business|hotel|restaurant|venue|app|game|course|quelle|fuente|fonte|zeitung|medium|partei|partido|sender|источник|来源|出典"
)
_A_RATER = re.compile(
    r"(\w+_)?(annotator|annotation|coder|curator|rater|rating|worker|judge|reviewer|expert|model)_?(\d+|[a-e])(_\w+)?"
)
# Of several the more usual one: what a random split hides most often comes before what merely describes a row.
_WEAK_GROUP = words_of("language lang country state city county location region type category page section batch wave")
_UNIT = re.compile(
    r"patients?|doc|document|user|username|screen_?name|author|authors|subject|thread|session|conversation|conv|dialogue?|case|article|speaker"
    r"|originator|chapter|book|paper|visit|customer|client|reviewer|writer|poster|respondent|participant|person|profile|story|templ(ate)?"
    r"|meeting|episode|debate|household|student|physician|doctor|handle|account|reporter|applicant|submission|ticket|parent|pmid|group"
)
_UNIT_MARKS = words_of("id no number name screen key handle")
_ID = re.compile(r"(\w+_)?(id|ids|uid|uuid|guid|key|idx|index)|row|number|no|unnamed(_\d+)?|")
_TIME = re.compile(
    r"(\w+_)?(years?|dates?|datetime|time|timestamp|created|published|posted)(_\w+)?|created\w*|published\w*|posted\w*"
)
_SPLIT = re.compile(
    r"split|splits|fold|folds|partition|subset|set|train_test|data_?split|usage|is_(train|test|training|valid)|dataset_split"
)
_TRAIN_VALUES = words_of("train training")
_SPLIT_VALUES = words_of(
    "train training test testing dev develop development val valid validation eval evaluation holdout true false"
)

_TITLE = re.compile(
    r"(\w+_)?(title|headline|heading|subject|summary|subject_line)|question_title|text_?a|sentence_?1|question_?1|premise"
)
_BODY = re.compile(
    r"(\w+_)?(text|body|content|contents|description|short_description|abstract|selftext|article|message|narrative)|review(_\w+)?"
    r"|text_?b|sentence_?2|question_?2|hypothesis"
)
_TEXT = re.compile(
    r"(\w+_)?(text|txt|texts|body|content|contents|sentences?|message|comment|comments|tweets?|utterance|snippet|passage|paragraph|narrative"
    r"|transcript|transcription|posts?|review|reviews|note|abstract|description|selftext|statement|claim|headline|title|document)"
    r"|test_case|case_text|question|query|v2|data|article|speech|quote|news|email|mail|phrase|request|prompt|complaint|feedback|title_\w+"
    r"|(text|sentence|question)_?[ab12]|premise|hypothesis|response|report|opinion|story|input|excerpt|posting|dialogue"
    r"|texto|texte|testo|tekst|kommentar|comentario|commentaire|nachricht|текст|文本|内容|评论|本文|텍스트"
)
# What a person writes after having judged, or of somebody else, is not what is judged.
_LATE = re.compile(
    r"(\w+_)?(justification|explanation|rationale|reasons?|evidence|verdict_text|correction|answer|reply|notes?_of_\w+|annotator_\w+|why"
    r"|conclusion|feedback_to_\w+|templ|template|translation|clean(ed)?|processed|preprocessed|lemma(s|ti[sz]ed)?|tokens?|stemmed|pos_tags)"
)
_FIRST_TEXT = re.compile(
    r"text|sentence|tweet|comment|comment_text|review|review_text|claim|statement|content|body|post|message|test_case|v2"
)


def plain(name: str) -> str:
    """Return a column's name in lower-case words with underscores between: "isHate", "Tweet Text", "label-gold" are written alike."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.strip())
    return re.sub(r"\W+|_+", "_", apart).strip("_").lower()


def label_trust(column: Column) -> float:
    """Return how surely a name says "label", 0 where it does not: ``SURE`` and less, ``SEMANTIC``, ``DUAL``."""
    name = plain(column.name)
    words = name.split("_")
    if words[-1] in _ABOUT or is_named("split", column):
        return 0
    if name in _LABEL_NAMES:
        return SURE if name in _FIRST_LABEL_NAMES else SURE - 0.5
    if words[0] == "class" and len(words) == 2:
        return SEMANTIC
    if words[0] in _LABEL_WORDS or words[-1] in _LABEL_WORDS:
        return SURE - (0.75 if words[-1] in ("text", "id", "name", "idx") else 0.25)
    if words[-1] in ("id", "text", "time", "date"):
        return 0
    asks = words[0] in _YES_OR_NO
    # The forum of hate_forum is where rows come from.
    if len(words) > 1 and not asks and _GROUP.fullmatch(words[-1]) and words[-1] not in _WEAK_GROUP:
        return DUAL if words[-1] in _DUAL and not _GROUP.fullmatch(words[0]) else 0
    if _SEMANTIC.fullmatch("_".join(words[asks:])):
        return SEMANTIC + 0.25
    if _SEMANTIC.fullmatch(words[-1]):
        return SEMANTIC
    if _SEMANTIC.fullmatch(words[0]) or _KIND.fullmatch(name):
        return LEAST_SURE
    if asks and column.distinct == 2:
        return DUAL
    if name in _SCORES and column.distinct <= MOST_SCORES:
        return DUAL
    return DUAL if words[-1] in _DUAL and (len(words) == 1 or not _GROUP.fullmatch(words[0])) else 0


def has_confidence(column: Column, columns: Iterable[Column]) -> bool:
    """Whether another column holds how sure somebody is of this one, as airline_sentiment_confidence does."""
    names = {plain(other.name) for other in columns}
    return any(f"{plain(column.name)}_{word}" in names for word in _CONFIDENCE)


def group_trust(column: Column) -> int:
    """Return how surely a name says where a row comes from: 2, 1 for what describes it, 0 where it does not."""
    if label_trust(column) > DUAL:
        return 0
    name = re.sub(r"_?\d+$", "", plain(column.name)).removesuffix("_id").removesuffix("_name")
    words = name.split("_")
    if words[-1] in _ABOUT or is_named("split", column) or is_named("time", column):
        return 0
    if name in _WEAK_GROUP or words[-1] in _WEAK_GROUP:
        return 1
    return 2 if _GROUP.fullmatch(name) or _GROUP.fullmatch(words[-1]) or _GROUP.fullmatch(words[0]) else 0


def is_of_a_rater(column: Column) -> bool:
    """Whether a column's name is that of one rater of several, as annotator_1 or coder B, whose votes it may hold."""
    return bool(_A_RATER.fullmatch(plain(column.name)))


def is_named(role: str, column: Column) -> bool:
    """Whether a column's name says a role: text, first_text, late_text, title, body, unit, id, time or split."""
    name = plain(column.name)
    if role == "unit":
        words = name.split("_")
        return words[0] != "ref" and any(_UNIT.fullmatch(part) for part in (name, _bare(words)))
    if role == "split":
        return _says_parts(column) or (
            bool(_SPLIT.fullmatch(name))
            and all(value.lower() in _SPLIT_VALUES or (value.isdigit() and int(value) < 20) for value in column.counts)
        )
    return bool(_BY_ROLE[role].fullmatch(name))


def _says_parts(column: Column) -> bool:
    """Whether the values are names of a training set and of others, whatever the column is called."""
    values = {value.lower() for value in column.counts} if column.distinct <= len(_SPLIT_VALUES) else set()
    return len(values) > 1 and values <= _SPLIT_VALUES and bool(values & _TRAIN_VALUES)


def named(role: str, columns: Iterable[Column]) -> list[Column]:
    """Return the columns whose names say a role."""
    return [column for column in columns if is_named(role, column)]


def _bare(words: Sequence[str]) -> str:
    """Return the last word that is more than a mark such as "id"."""
    return next((word for word in reversed(words) if word not in _UNIT_MARKS), "")


_BY_ROLE = {
    "text": _TEXT,
    "first_text": _FIRST_TEXT,
    "late_text": _LATE,
    "title": _TITLE,
    "body": _BODY,
    "id": _ID,
    "time": _TIME,
}
