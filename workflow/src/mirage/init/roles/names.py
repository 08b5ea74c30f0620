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
_LESS = 0.1  # for what is as often a description of the row, such as a sentiment or a rating

_LABEL_WORDS = words_of("label labels gold class classes")
_LABEL_NAMES = words_of(
    "label labels y gold class target_class ground_truth gold_standard true_label gold_label label_gold final_label "
    "majority_label class_label label_name label_class label_id label_idx label_text labels_text final consensus adjudicated majority "
    "majority_vote etiqueta etichetta étiquette etiquette klasse clase classe метка класс 标签 标注 ラベル 라벨"
)
# The label as it stands comes before its number or its words.
_FIRST_LABEL_NAMES = words_of("label labels y gold class gold_label label_gold true_label final_label majority_label")
_SEMANTIC = re.compile(
    r"stance|emotions?|accept(able|ability)|grammatical(ity)?|toxic\w*|hate\w*|hateful|offens\w+|abus\w+|sexis[tm]|racis[tm]"
    r"|misogyn\w+|sarcas\w+|iron(y|ic)|humou?r\w*|spam\w*|phish\w*|fake|bias(ed)?|verdict|veracity|truth\w*|ruling|intents?"
    r"|reliab\w+|credib\w+|factual\w*|fraud\w*|scam\w*|attacks?|suicid\w+|depress\w+|polite\w*|formality|empathy|complexity|difficulty"
    r"|annotations?|grade|severity|diagnosis|outcome|decision|judge?ment|relevan(t|ce)|relatedness|informative\w*|urgen(t|cy)|(sub)?task_\w"
    r"|entailment|answer_?type|humanitarian|propaganda\w*|claim_?worth\w*|check_?worth\w*|subjectiv\w+|objectiv\w+|clickbait"
    r"|cyberbull\w+|bully\w*|aggress\w+|dialogue_?act|coarse|fine|decepti\w+|(hyper)?partisan\w*|violat\w+"
)
_MILD = re.compile(r"sentiments?|polarity|ratings?|stars?|sentimiento|sentimento|stimmung|тональность|情感")
# Kinds of what another column judges as a whole.
_KIND = re.compile(r"profan\w+|obscen\w+|threat\w*|insult\w*|identity_\w+")
_DUAL = words_of(
    "target topic topics priority category categories type types product genre section theme subject kind tag department disease "
    "specialty quality sachgruppe schlagwort thema kategorie rubrik ressort gattung tema categoria categoría catégorie rubrique materia "
    "asunto género genero gênero"
)
_DUAL_NAMES = words_of("subject_heading subject_headings subject_area subject_term subject_terms subject_group")
_SCORES = words_of("score overall points")
MOST_SCORES = 10
_WORDS_OF_A_QUESTION = 5
TRUTH = ({"0", "1"}, {"true", "false"}, {"yes", "no"}, {"t", "f"}, {"y", "n"})
_OFTEN_JUDGED = words_of("party partei partido chapter model generator language lang country author dialect")
_YES_OR_NO = words_of("is has")
# What forums, shops and forms note of every row: never what is judged.
_FLAG = re.compile(
    r"(is_)?(finished|logged_in|retweet(ed)?|quote_status|favorited|truncated|possibly_sensitive|locked|edited|gilded|archived|stickied|over_18"
    r"|submitter|original_content|verified_(purchase|review|user|account|buyer))|is_(self|reply|quote|video|anonymous)"
    r"|has_(media|images?|urls?|links?|hashtags?|mentions?|video)"
)
_BY_MACHINE = words_of("predicted predict pred prediction model auto automatic machine weak silver noisy system")
_OF_A_RATER = words_of("annotator rater coder worker judge")
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
    r"|verlag|éditeur|editeur|editorial|uitgeverij|uitgever|editora|editore|zeitschrift|revista|revue|bibliothek|biblioteca|bibliothèque"
    r"|sprache|idioma|langue|land|país|pays|word|term|lemma|aspect|thema|tema|kategorie|rubrik|ressort|sachgruppe|schlagwort|gattung"
    r"|categoria|categoría|catégorie|rubrique|materia|asunto|género|genero|gênero|desk|operator|carrier|manufacturer|airport|parish|constituency"
    r"|ward|branch|library|archive|museum|office|campus|mailbox|inbox|business|hotel|restaurant|venue|app|game|course|quelle|fuente|fonte|zeitung|medium|partei|partido|sender|источник|来源|出典"
)
_A_RATER = re.compile(
    r"(\w+_)?(annotator|annotation|coder|curator|rater|rating|worker|judge|reviewer|expert|model)_?(\d+|[a-e])(_\w+)?"
)
# Of several the more usual one: what a random split hides most often comes before what merely describes a row.
_WEAK_GROUP = words_of(
    "language lang country state city county location region type category page section batch wave sprache idioma langue land país pays "
    "word term lemma aspect"
)
_ASKS_WHERE = re.compile(r"((in|at|to|from|of) )?(which|what|where)\b", flags=re.IGNORECASE)
_UNIT = re.compile(
    r"patients?|doc|document|user|username|screen_?name|author|authors|subject|thread|session|conversation|conv|dialogue?|case|article|speaker"
    r"|originator|chapter|book|paper|visit|customer|client|reviewer|writer|poster|respondent|participant|person|profile|story|templ(ate)?"
    r"|meeting|episode|debate|household|student|physician|doctor|handle|account|reporter|applicant|submission|ticket|parent|pmid|group|clinician|nurse|therapist"
    r"|interviewer|interviewee|informant|narrator|officer|inspector|teacher|pupil|learner"
)
# The text itself where they stand alone.
_TEXT_ID = re.compile(
    r"(\w+_)?(claim|abstract|question|letter|caption|image|video|lecture|interview|contract|agreement|filing|manuscript|headline|review|post"
    r"|tweet|comment|passage|essay|text)_(id|no|number|key)"
)
# What a row refers to, beside what it belongs to.
REFERRED = words_of("ref cited referenced reply replied quoted linked target")
_UNIT_MARKS = words_of("id no number name screen key handle")
_ID = re.compile(r"(\w+_)?(id|ids|uid|uuid|guid|key|idx|index)|row|number|no|unnamed(_\d+)?|")
_TIME = re.compile(
    r"(\w+_)?(years?|dates?|datetime|time|timestamp|created|published|posted)(_\w+)?|created\w*|published\w*|posted\w*|(\w+_)?at"
    r"|(pub|publication|release|judge?ment|decision|review|report|birth|start|end|event|post|tweet|issue|filing|submission|recorded)date"
    r"|(\w+_)?(\w*jahr|\w*datum|año|ano|fecha|année|annee)"
)
_SPLIT = re.compile(
    r"split|splits|fold|folds|partition|subset|set|train_test|data_?split|usage|is_(train|test|training|valid)|dataset_split"
)
_TRAIN_VALUES = words_of("train training")
_SPLIT_VALUES = words_of(
    "train training test testing dev develop development val valid validation eval evaluation holdout true false"
)

_TITLE = re.compile(
    r"(\w+_)?(title|headline|heading|subject|summary|subject_line)|question_title|titel|hauptsachtitel|título|titulo|titolo|titre"
)
_BODY = re.compile(
    r"(\w+_)?(text|body|content|contents|description|short_description|abstract|selftext|article|message|narrative)|review(_\w+)?"
)
# Two texts that are judged together, however often the first stands there.
PAIRS: Sequence[tuple[str, str]] = (
    ("premise", "hypothesis"), ("claim", "headline"), ("claim_headline", "article_headline"), ("question", "sentence"),
    ("question", "passage"), ("headline", "body"), ("instruction", "response"), ("headline", "article_body"),
)  # fmt: skip
_TEXT = re.compile(
    r"(\w+_)?(text|txt|texts|body|content|contents|sentences?|message|comment|comments|tweets?|utterance|snippet|passage|paragraph|narrative"
    r"|transcript|transcription|posts?|review|reviews|note|abstract|description|selftext|statement|claim|headline|title|document)"
    r"|test_case|case_text|question|query|v2|data|article|speech|quote|news|email|mail|phrase|request|(\w+_)?(answer|response)|prompt|generation|generated_text|completion|complaint|feedback|title_\w+"
    r"|(text|sentence|question)_?[ab12]|premise|hypothesis|response|report|opinion|story|input|excerpt|posting|dialogue"
    r"|titel|hauptsachtitel|título|titulo|titolo|titre|zusammenfassung|inhalt|resumen|résumé|resumo|riassunto|string"
    r"|texto|texte|testo|tekst|kommentar|comentario|commentaire|nachricht|текст|文本|内容|评论|本文|텍스트"
)
# What a person writes after having judged, or of somebody else, is not what is judged.
_LATE = re.compile(
    r"(?!(student|learner|pupil|user|participant|respondent|customer)_)(\w+_)?(justification|explanation|rationale|reasons?|evidence|verdict_text|correction|answer|reply|notes?_of_\w+|annotator_\w+|why"
    r"|conclusion|feedback_to_\w+|templ|template|translation|clean(ed)?|processed|preprocessed|lemma(s|ti[sz]ed)?|tokens?|stemmed|pos_tags)"
)
# What a text answers, where both stand there.
_CONTEXT = re.compile(r"prompt|context|(\w+_)?parent_(\w+_)?(comment|text|post|tweet)|previous_\w+|original_(text|tweet|post)")
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
    if words[-1] in _ABOUT or is_named("split", column) or is_flag(column):
        return 0
    if name in _LABEL_NAMES:
        return SURE if name in _FIRST_LABEL_NAMES else SURE - 0.5
    if words[0] == "class" and len(words) == 2:
        return SEMANTIC
    if words[0] in _LABEL_WORDS or words[-1] in _LABEL_WORDS:
        less = 1 if _BY_MACHINE & set(words) else 0
        return SURE - less - (0.75 if words[-1] in ("text", "id", "name", "idx") else 0.25)
    if words[-1] in ("id", "text", "time", "date"):
        return 0
    asks = words[0] in _YES_OR_NO
    # The forum of hate_forum is where rows come from.
    if len(words) > 1 and not asks and _GROUP.fullmatch(words[-1]) and words[-1] not in _WEAK_GROUP:
        return DUAL if words[-1] in _DUAL and not _GROUP.fullmatch(words[0]) else 0
    said = _judged(words[asks:])
    if said:
        return LEAST_SURE if words[0] in _OF_A_RATER else said
    if _KIND.fullmatch(name):
        return LEAST_SURE
    if asks and column.distinct == 2:
        return DUAL
    if name in _SCORES and column.distinct <= MOST_SCORES:
        return DUAL
    dual = words[-1] in _DUAL and (len(words) == 1 or not _GROUP.fullmatch(words[0]))
    return DUAL if dual or name in _DUAL_NAMES else 0


def _judged(words: Sequence[str]) -> float:
    """Return how surely words name a thing that is judged: all together, the last one, or the first one."""
    whole = "_".join(words)
    if len(words) > 1 and (words[-1] in _SCORES or words[-1] in ("rating", "ratings")) and _judged(words[:-1]):
        return _judged(words[:-1]) - _LESS
    # The type of a decision may be anything.
    first = 0 if words[-1] in _DUAL else LEAST_SURE
    for trust, part in ((SEMANTIC + 0.25, whole), (SEMANTIC, words[-1]), (first, words[0])):
        if _SEMANTIC.fullmatch(part):
            return trust
        if _MILD.fullmatch(part):
            return trust - _LESS
    return 0


def is_flag(column: Column) -> bool:
    """Whether a column holds what forums, shops and forms note of every row, such as whether a purchase was verified."""
    return bool(_FLAG.fullmatch(plain(column.name)))


def has_confidence(column: Column, columns: Iterable[Column]) -> bool:
    """Whether another column holds how sure somebody is of this one, as airline_sentiment_confidence does."""
    names = {plain(other.name) for other in columns}
    return any(f"{plain(column.name)}_{word}" in names for word in _CONFIDENCE)


def group_trust(column: Column) -> float:
    """Return how surely a name says where a row comes from: 2; 1 for what describes it, or begins so; 0 where it does not."""
    if label_trust(column) > DUAL or is_flag(column):
        return 0
    if _is_question(column.name):
        asked = _ASKS_WHERE.match(column.name.strip()) and any(_GROUP.fullmatch(word) for word in plain(column.name).split("_"))
        return 1 if asked else 0
    name = re.sub(r"_?\d+$", "", plain(column.name)).removesuffix("_id").removesuffix("_name")
    words = name.split("_")
    if words[-1] in _ABOUT or is_named("split", column) or is_named("time", column):
        return 0
    if name in _WEAK_GROUP or words[-1] in _WEAK_GROUP:
        return 1
    if _GROUP.fullmatch(name) or _GROUP.fullmatch(words[-1]):
        return 2
    # Of a target or an annotator, yes or no is a trait.
    if not _GROUP.fullmatch(words[0]) or is_yes_or_no(column):
        return 0
    return 0.75 if words[0] in _WEAK_GROUP else 1


def same_series(one: Column, other: Column) -> bool:
    """Whether two columns are named alike but for a number, as Q2 and Q3 or target1 and target2 are."""
    stems = [re.fullmatch(r"(.*?)_?\d+", plain(column.name)) for column in (one, other)]
    return all(stems) and len({stem[1] for stem in stems if stem}) == 1


def _is_question(name: str) -> bool:
    """Whether a column is named by a question of a form, whose last word does not say what it is."""
    return "?" in name or len(name.split()) >= _WORDS_OF_A_QUESTION


def is_about(column: Column) -> bool:
    """Whether a name ends in what is about a row or a label, such as a count or votes."""
    return plain(column.name).split("_")[-1] in _ABOUT


def is_score(column: Column) -> bool:
    """Whether a name ends in a score, which may as well be the label as what others gave to the row."""
    return plain(column.name).split("_")[-1] in _SCORES


def is_often_judged(column: Column) -> bool:
    """Whether what a name says of where a row comes from is often what a text is to tell, as the party of a speech is."""
    return bool(_OFTEN_JUDGED & set(plain(column.name).split("_")))


def is_yes_or_no(column: Column) -> bool:
    """Whether a column holds yes and no, or the like, and nothing else."""
    return {value.lower() for value in column.counts} in TRUTH


def is_of_a_rater(column: Column) -> bool:
    """Whether a column's name is that of one rater of several, as annotator_1 or coder B, whose votes it may hold."""
    return bool(_A_RATER.fullmatch(plain(column.name)))


def is_named(role: str, column: Column) -> bool:
    """Whether a column's name says a role: text, first_text, late_text, context, title, body, unit, text_id, id, time or split."""
    name = plain(column.name)
    if role == "unit":
        words = name.split("_")
        return words[0] not in REFERRED and (
            is_named("text_id", column) or any(_UNIT.fullmatch(part) for part in (name, _bare(words)))
        )
    if role == "split":
        return _says_parts(column) or (
            bool(_SPLIT.fullmatch(name))
            and all(value.lower() in _SPLIT_VALUES or (value.isdigit() and int(value) < 20) for value in column.counts)
        )
    return bool(_BY_ROLE[role].fullmatch(name))


def is_text_name(name: str) -> bool:
    """Whether a plain name says "text"."""
    return bool(_TEXT.fullmatch(name))


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
    "context": _CONTEXT,
    "text_id": _TEXT_ID,
    "id": _ID,
    "time": _TIME,
}
