"""The words around names that `bot.reading.persons` reads, as tables: English, and the basics of German and Spanish.

All in the form that `bot.reading.phrases.fold` gives: lower case, without accents.
"""

import re

PREPOSITIONS = frozenset("of for von fur fuer de para del belonging".split())
VERBS = frozenset(
    "unlock reset lock locked unlocking resetting onboard onboarding offboard offboarding help enrol enroll sign suspend deactivate"
    " restart reboot add subscribe unsubscribe entsperre entsperren freischalten zurucksetzen"
    " desbloquea desbloquear restablecer restablece".split()
)
GIVES = frozenset("give gives grant grants provide assign gib gebt gebe geben dale dar".split())
"""Whoever stands behind one of these gets something: "give ben access"."""
GETS = GIVES | frozenset("get order buy let allow bestelle bestell".split())
"""The same, where only a name of the directory is believed: "get Tableau access" names nobody."""
GIFTS = frozenset(
    "access permission permissions rights licence license seat a an the some zugang zugriff rechte eine einen ein acceso una un".split()
)
"""What follows somebody to whom it is given."""
TARGETS = frozenset(
    "mfa 2fa account accounts password phone phones mobile cell handy factor factors authenticator authentication code codes token"
    " device devices laptop notebook access login sign-in signin profile user konto kennwort passwort telefon zugang cuenta"
    " movil telefono contrasena reset unlock certificate vpn okta".split()
)
DETERMINERS = frozenset(
    "the a an my our your this that these those his her their its some any every each no which mein meine meinem meinen meiner"
    " der die das dem den des ein eine einem einen einer unser unsere el la los las un una mi mis su sus nuestro nuestra".split()
)
ROLES = frozenset(
    "colleague coworker co-worker teammate user employee contractor intern trainee hire guy friend manager boss lead report mr mrs ms"
    " kollege kollegin kollegen mitarbeiter mitarbeiterin companero companera colega usuario usuaria somebody someone called named"
    " name".split()
)
PREDICATES = frozenset(
    "is was isnt isn't has hasnt hasn't got gets lost lose loses needs need cant can't cannot couldnt couldn't forgot broke changed"
    " replaced dropped bought joins starts begins leaves left quits resigned ist hat braucht kann verlor perdio tiene esta necesita".split()
)
MOVES = frozenset("sign log put take remove kick move drop let leave nimm setze entferne quita saca pon".split())
"""Whoever stands between one of these and `PLACES` is moved: "take ben off the list", "sign ben out"."""
PLACES = frozenset("out off from on onto to into in von aus auf de en".split())
ASKED_OF = frozenset("is does has did was ist hat tiene esta".split())
"""A question about whoever stands behind one of these: "which lists is mia on?"."""
MODALS = frozenset("can could may should will would must shall kann konnte darf soll puede podria".split())
"""Whoever stands between one of these and `HAVES` gets something: "could ben get figma"."""
HAVES = frozenset("get have use join be receive bekommen haben benutzen tener usar".split())
LOOSE_NAMES = frozenset(
    "may mark will art bill rose grace hope joy rob pat sue jack faith dawn april june august max mei kim park bell foster carter lis"
    " nia rui linh amber angel christian dean don frank gene grant guy harry iris ivy jade jean jim lance lee miles nick norm olive"
    " paris ray rich robin sandy skip summer terry tony van victor wade ward wren young long stone king page price reed rice west"
    " wood green brown black white gray small short best cook baker fisher hunter mason potter taylor turner walker ward day".split()
)
"""Names that are words as well: they count only where somebody is whom something is done for."""

_THINGS = (
    "mfa 2fa otp totp sms push factor factors account accounts password passwords phone phones iphone android samsung pixel mobile cell"
    " cellphone number sim authenticator authentication app apps application code codes token tokens key yubikey device devices laptop"
    " notebook computer macbook mac pc windows linux access login logins log sign sign-in signin sign-on signon sso profile vpn wifi"
    " certificate certificates okta google microsoft outlook office teams slack zoom github aws email e-mail mail mailbox company work"
    " system systems tool tools service services server portal team office home security safety reason reasons support help desk it"
    " ticket request issue problem error today tomorrow yesterday tonight now later weekend week month day days hour hours minutes"
    " morning time times while everything anything nothing something everyone everybody anyone all both none one two three first last"
    " next new old other another same second setup set install verification validation confirmation identity id admin domain ad"
    " directory network remote session browser link page screen message messages notification notifications prompt sales finance"
    " konto passwort kennwort handy telefon zugang cuenta movil telefono contrasena codigo codigos codigo"
)
_WORDS = (
    "i me my mine myself you your yours we us our ours he him his she her hers they them their theirs it its this that these those"
    " who whom whose what which where when why how there here a an the and or but if so because since as at by for from in into of"
    " off on onto out over to up with without about after before again also just only please pls plz thanks thank thx asap urgently"
    " urgent quickly quick soon immediately instead too very really still already yet never always maybe ok okay yes no not hi hello"
    " hey dear am is are was were be been being do does did done has have had having can could may might must shall should will would"
    " want wants wanted need needs needed get gets got getting give gives gave go goes going gone let make made take took try tried"
    " keep keeps use used ask asked tell told say says said know knows think see look looks lost lose find found forgot forgotten"
    " broke broken change changed replace replaced reset resets unlock unlocks unlocked lock locked locks enrol enroll enrolled"
    " register registered work works worked stuck fail failed fails cant can't cannot couldnt dont don't doesnt doesn't didnt didn't"
    " isnt isn't im i'm ive i've its it's thats that's whats what's lets let's there's id i'd ill i'll won't wont was got"
    " ich mich mir mein meine meinem meinen meiner du dich dir wir uns er ihn ihm sie ihr es der die das dem den des ein eine einem"
    " einen einer und oder aber bitte danke fur fuer von mit zu zum zur auf aus bei ist sind war hat habe haben kann konnen kannst"
    " nicht kein keine neu neues neue neuen zurucksetzen entsperren gesperrt verloren"
    " yo mi mis me mio tu tus el ella la los las un una unos unas y o pero por para de del con sin favor gracias es esta estoy"
    " tengo tiene he ha no nuevo nueva bloqueado bloqueada perdi perdido necesito puedo quiero desbloquear restablecer"
    " temporary permanent limited emergency read write readonly edit editor view viewer guest basic standard immediate early quick"
    " hr legal design product marketing engineering data group department client clients customer customers admins rights permission"
    " permissions own colleague's back down good bad fine free full entire whole case instance example sure some any every each more most"
)
NOT_NAMES = frozenset(f"{_THINGS} {_WORDS}".split())
"""Words that are nobody's name, wherever they stand."""

_OF_MINE = r"(?:mfa|2fa|\w*accounts?|passwords?|\w*phone|mobile|cell|authenticator|authentication|codes?|tokens?|devices?|laptop|notebook|login|sign-?in|access|factors?|konto|passwort|handy|telefon|zugang|cuenta|movil|telefono|contrasena|own|vpn|tickets?|orders?|computer|mac|pc|licen[cs]es?|seat|sessions?|mailbox|second factor|certificate)"
SELF = re.compile(
    rf"\b(?:my|mein\w*|mi|mis)(?: [\w-]+){{0,2}}? {_OF_MINE}\b|\b(?:for|of) (?:me|myself|mine)\b|\b(?:fur mich|para mi)\b"
    r"|\b(?:lock\w*|unlock|let|get|lets|locks) me\b|\b(?:reset|unlock) (?:me|mine)\b"
)
"""The words are about the requester's own things. A relation between "my" and the thing makes it somebody else's."""
SELF_WEAK = re.compile(r"\b(?:i|i'm|im|i've|ive|ich|me|yo|my|mine|mein\w*|mi|estoy)\b")
SOMEBODY_ELSE = re.compile(
    r"\b(?:his|her|their|him|them|she|he|s?ihrem|seinem|seine|ihre)\b"
    r"|\b(?:colleague|coworker|co-worker|teammate|intern|trainee|kolleg\w+|companer[oa]|colega|new hire|contractor)(?:'s|s)?\b"
    r"|\b(?:somebody|someone)(?: else)?(?:'s|s)?\b"
)
SUBJECT = re.compile(
    r"(?:is|was|got|has been|gets|'s) (?:still |now |also )?locked out\b"
    r"|(?:lost|broke|forgot|replaced|changed|dropped|has lost|has broken) (?:his|her|their)\b"
    r"|(?:needs|wants|requires|braucht|necesita) (?:access|permission|permissions|a licen[cs]e|a seat|zugang|zugriff|acceso)\b"
    r"|(?:has|got|needs|bought) (?:a new phone|a mfa|an mfa|his|her|their|a new mobile)\b"
    r"|(?:hat|ist) (?:ein neues handy|gesperrt|sein\w* handy|ihr\w* handy)\b"
)
"""What only a person can be or do."""
