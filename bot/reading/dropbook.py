"""The forms in which people take something back by its name, as tables: English, and the plain ones of German and Spanish.

A form is a pattern over words as `bot.reading.phrases.tokens` writes them; ``{what}`` is what is taken back. `bot.reading.dropping`
reads the tables.
"""

FEW = (
    r"(?:oh|ah|ok|okay|hi|hey|hello|sorry|please|pls|plz|so|and|but|also|then|actually|just|well|no|yes|wait|hm+|bitte|und"
    r"|por favor|y)"
)
"""What may stand before it."""
ENDS = (
    r"(?:please|pls|plz|thanks|thank you|thx|again|then|now|for now|right now|after all|any ?more|any longer|at all|for me|today"
    r"|too|as well|though|asap|completely|altogether|bitte|mehr|por favor|ya)"
)
"""What may stand behind it."""
_FIRST = (
    r"(?:(?:(?:can|could|would|will) (?:you|u|we)|(?:i|we) (?:want|would like|need|decided|have decided|had better) to"
    r"|id like to|id rather|ive decided to|i wanna|lets|let us|(?:you|we) (?:can|could|may|might as well|should)|feel free to"
    rf"|go ahead and|i) )?(?:{FEW} )*"
)
_VERB = (
    r"(?:never ?mind|nvmd?|forget|cancel|withdraw|drop|scrap|abort|stop|ignore|disregard|skip|retract|scratch|call off|take back"
    r"|pull|dismiss|discard)"
)
_NOT = r"(?:really |actually |honestly |even )*(?:dont|do not|wont|will not|no longer|never) (?:really |actually |even )*"

PLAIN = (
    _FIRST + _VERB + r"(?: about| with| what i (?:said|asked|wrote) about| my request for)? {what}",
    _FIRST + r"(?:call|take) {what} (?:off|back)",
    _FIRST + r"leave {what} (?:be|alone|out|aside|as (?:it|they) (?:is|are))",
    r"{what} (?:can|could|may|should) be (?:cancell?ed|dropped|withdrawn|scrapped|forgotten|ignored|called off|stopped|skipped)",
    r"(?:(?:i|ive|i have|we|weve) )?(?:just )?(?:changed (?:my|our) minds?|had second thoughts) (?:about|on|with) {what}",
    # German
    r"(?:vergiss|vergesst|vergessen sie|storniere?|stornieren sie|streiche?|cancele?|lass|lassen sie) (?:bitte |doch |mal )*"
    r"(?:das mit |die sache mit )?{what}(?: sein| weg| bleiben| wieder)?",
    r"(?:zieh|brich|sag) (?:bitte )?{what} (?:zuruck|ab)",
    r"{what} (?:bitte )?(?:stornieren|abbrechen|streichen|zuruckziehen|canceln|vergessen|absagen)",
    r"{what} hat sich (?:schon |bereits |inzwischen )?erledigt",
    # Spanish
    r"(?:quiero |puedes |podeis )?(?:olvida|olvidate de|olvide|cancela|cancelar|cancele|anula|anular|retira|retirar|deja) "
    r"(?:lo de )?{what}",
)
"""They wish that it be taken back."""
OF_A_REQUEST = r"(?:please )?(?:delete|remove|close|void|annul|kill|end) {what}"
"""So does this where it names a request: "remove my access" wants something done."""
TOLD = (
    r"(?:(?:i|we) )?" + _NOT + r"(?:need|want|require|care about|be needing) {what}",
    r"{what} (?:(?:is |are |was )?(?:no longer|not|really not)|isnt|arent|wont be|will not be) (?:needed|necessary|required|wanted)",
    r"{what} (?:is|are|has|have) (?:taken care of|obsolete|off the table|become obsolete|sorted(?: itself| out)*|solved itself)",
    r"no (?:more )?need (?:for|to (?:order|get|buy|send|give me|do|bother with)) {what}",
    r"(?:dont|do not) (?:order|get|give me|buy|send|bother (?:with|about)|worry about|(?:go on|continue|proceed) with) {what}",
    r"(?:i|we) can (?:do|live|manage) without {what}",
    r"not? {what} after all",
    # German
    r"(?:ich|wir) (?:brauche?n?|will|wollen|mochte) (?:doch )?(?:keine?n? )?{what} (?:doch )?(?:nicht )?(?:mehr|nicht)",
    r"{what} (?:brauche?n?|will|wollen) (?:ich|wir) (?:doch |jetzt )?nicht(?: mehr)?",
    # Spanish
    r"ya no (?:necesito|quiero|me hace falta|hace falta|es necesari[oa]) {what}",
)
"""They say how it is: somebody who needs nothing of it may only tell so."""

REQUESTS = frozenset(
    """
    thing things stuff request requests ask ticket case matter business bit idea approval question application sache ding anfrage
    antrag cosa solicitud peticion
    """.split()
)
"""What everything is that somebody asked for."""
LITTLE = frozenset(
    """
    the a an my our this that these those it its one ones for to of about with which i we me us you asked ordered requested wanted
    from earlier before yesterday just please again also new other whole only get getting have had and or on in at is was as any
    der die das den dem des ein eine einen mein meine meinen meiner mit fur von zu el la los las un una mi mis de del para lo que
    """.split()
)
"""Words that name nothing."""
EVERYTHING = frozenset(("everything", "both", "alles", "beide", "todo", "ambos"))
ALL = EVERYTHING | {"all", "them"}
"""Words that name all that is open, or that is asked about."""
