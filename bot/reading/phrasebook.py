"""The short forms that Deskhand knows, as tables: English, and the basics of German, Spanish and Japanese.

``(a|b|)`` stands for one of its parts; an empty part means that it may be left out. A form is written as it is after
`bot.reading.phrases.tokens`: lower case, without accents and punctuation, apostrophes dropped ("dont"); blanks only help to read.
`bot.reading.phrases` reads the tables; what a message means beyond a short form is not decided here.
"""

from collections.abc import Mapping

_IT = "(it|that|this|everything|all of it|all that|the thing)"
_REQUEST = f"({_IT}|(my|the|this|that) (last |previous |earlier |)(request|question|ticket|message|case|approval|one))"
_SOMEBODY = (
    "(a|an|the|some|) (real |actual |live |it |support |)"
    "(person|human|human being|agent|operator|representative|rep|engineer|colleague|technician|admin)"
)
_WHO = f"({_SOMEBODY}|somebody|someone|someone real|people)"
_MODAL = "(can|could|may) i (please |just |)"
_WISH = "(i want to|i wanna|id like to|i would like to|i need to|id rather|i would rather|let me|id prefer to)"
_MENSCH = "((einem|einen|ein|dem|den|) (echten |)(menschen|mensch|mitarbeiter|kollegen|techniker|administrator))"
_PERSONA = "((una|un|alguna|) (persona|humano|agente|tecnico|operador)( real|))"

WITHDRAW = (
    f"(never mind|nevermind|nvm|nvmd)( {_IT}| about {_IT}|)",
    f"(forget|forget about) {_IT}",
    "(forget|forget about) about it",
    f"(cancel|withdraw|drop|scrap|abort|stop|ignore|disregard|skip|retract|scratch) {_REQUEST}",
    "(cancel|abort|stop|stop it|withdraw|cancelled|canceled)",
    f"(can|could) (you|we) (please |just |)(cancel|withdraw|drop|stop|ignore|forget) {_REQUEST}",
    f"(i want to|i would like to|id like to|id rather|lets|let us) (cancel|withdraw|drop|stop|forget) {_REQUEST}",
    "(i|ive|i have) (just |)changed my mind",
    "(its |it is |that is |thats |this is |)no longer (needed|necessary|required|relevant)",
    "(its |it is |that is |thats |this is |)not (needed|necessary|required) (any more|anymore|any longer|now)",
    f"i (no longer need|dont need|do not need|dont want|do not want|no longer want) {_IT}( any more| anymore| any longer| now|)",
    "(dont|do not) (bother|worry about it|do it|do that|do anything)( any more| anymore|)",
    "no need( for it| for that| to do that| any more| anymore| now|)",
    "no thanks",
    "no thank you",
    "leave it( be| alone| at that|)",
    f"(ive |i have |i |we |weve )(just |already |)(found|figured|sorted|solved|fixed|resolved|managed) {_IT}( out|) "
    "(myself|by myself|on my own|ourselves)",
    f"(ive |i have |i |)(just |already |)found {_IT}",
    f"(ive |i have |i |)(just |already |)(figured|sorted) {_IT} out",
    "(ive |i have |i |)(just |already |)(figured|sorted) out",
    # German
    "vergiss (es|das)( bitte| wieder|)",
    "vergessen sie (es|das)( bitte|)",
    "(das |es |)hat sich (schon |bereits |inzwischen |)erledigt",
    "(schon |)erledigt",
    "(ist |schon |)(schon |)gut so",
    "schon gut",
    "egal",
    "lass (es|gut sein|mal)( sein|)",
    "(brauche|brauch) ich (doch |)(nicht mehr|nicht)",
    "ich brauche (es|das) (doch |)(nicht mehr|nicht)",
    "(wird |)nicht mehr (notig|noetig|gebraucht)",
    "(bitte |)(abbrechen|stornieren|stopp|stoppen)",
    "(doch |)nicht notig",
    "nein danke",
    "(ich |)hab (es |)selbst (gefunden|gelost|geschafft)",
    # Spanish
    "(olvidalo|olvidelo|dejalo|dejelo|cancelalo|cancela|cancelar|cancele)( por favor|)",
    "olvida(lo|) (eso|esto)",
    "no importa",
    "da igual",
    "ya no (hace falta|lo necesito|es necesario)",
    "(ya |)lo (encontre|resolvi|solucione)( yo mismo| yo misma|)",
    "no gracias",
    # Japanese
    "キャンセル(して|します|で|)",
    "取り消(し|して|します)",
    "(もう|やっぱり)いいです",
    "(もう|やっぱり|)結構です",
    "忘れて",
    "気にしないで",
    "(もう|)(必要|いら)(なくなりました|なくなった|ありません|ないです|ない)",
    "自分で(解決|でき|直し)(しました|ました)",
    "やめ(て|ます|ておきます)",
)

PERSON = (
    f"{_MODAL}(talk|speak|chat|write) (to|with) {_WHO}",
    f"{_MODAL}(get|have|reach) {_WHO}",
    f"{_WISH} (talk|speak|chat|write) (to|with) {_WHO}",
    f"(talk|speak|chat) (to|with) {_WHO}",
    f"(i need|i want|id like|i would like|give me|get me|find me|bring me|send me) {_WHO}",
    f"(please |)(connect|transfer|put|forward|escalate|pass|hand) (me |this |it |)(through |over |on |)(to|with) {_WHO}",
    f"(can|could) {_WHO} (please |)(help|help me|look at (it|this|that)|take over|call me|take a look)",
    f"(can|could) you (please |)(get|find|give|connect|transfer) (me |this |)(to |with |){_WHO}",
    f"is there {_WHO}( there| here| i can (talk|speak) to|)",
    f"{_SOMEBODY}",
    "not a (bot|robot|machine)",
    # German
    f"{_MENSCH}",
    f"(kann|konnte|koennte) ich (bitte |)(mit |){_MENSCH} (sprechen|reden|haben)",
    f"ich (mochte|moechte|will|wurde gern|wuerde gern) (bitte |)(mit |){_MENSCH} (sprechen|reden|haben)",
    f"(verbinde|verbinden sie) mich (bitte |)mit {_MENSCH}",
    f"mit {_MENSCH} (sprechen|reden)",
    # Spanish
    f"{_PERSONA}",
    f"(quiero|quisiera|necesito|puedo|podria|me gustaria) (hablar|chatear) con {_PERSONA}",
    f"(hablar|pasame|paseme|conectame) con {_PERSONA}",
    # Japanese
    "(人|人間|担当者|担当|オペレーター|オペレータ)(と|に|を|)(話|話し|代わ|かわ|つない|繋い|呼ん|)"
    "(したい|がしたい|たい|せますか|って|で|は|)",
    "(人|人間|担当者|オペレーター)(が|は)いますか",
)

YES = (
    "(yes|yep|yeah|yup|ya|yea|aye|correct|absolutely|definitely|indeed|sure|affirmative)",
    "ja",
    "jawohl",
    "jo",
    "si",
    "claro",
    "はい",
    "うん",
    "ええ",
)

WORKS = (
    "(it|that|this|everything|all|) (works|worked|did|does|did it|is working|is fixed|is solved|is sorted|helped)",
    "(it|that|this|everything) (fixed it|solved it|did the trick|does the trick|works like a charm)",
    "(its|thats|all|everythings|everything is|it is|that is|im|i am|) (working|fixed|solved|sorted|resolved|good|fine|back|ok|okay)"
    "( for me| again| here|) now",
    "(its|thats|everythings|everything is|it is|that is|) (working|fixed|solved|sorted|resolved)( for me| again| here|)",
    "(all|its all|everythings|everything is) (good|fine|sorted|set|fixed|clear)",
    "(solved|fixed|resolved) it",
    "works like a charm",
    "problem solved",
    "(im|i am|i was able to get|i got|i can get|i could get) (back |)in( again|)",
    "i can (log|sign) (back |)in( again|)",
    "that (was|did) it",
    "(es |das |jetzt |alles |)(funktioniert|klappt|geht|lauft|laeuft)( jetzt| wieder| nun| super| gut| alles|)( wieder|)",
    "(problem |)(gelost|geloest|behoben)",
    "(alles |)(wieder |)(gut|bestens|prima|in ordnung)",
    "(ya |)(funciona|funciono)( ya| bien| ahora| perfectamente|)",
    "(ya |)(esta |)(resuelto|solucionado|arreglado)",
    "ya puedo entrar",
    "(直り|治り|動き|でき|使え|入れ|解決し|ログインでき)ました",
    "解決です",
)

NO = (
    "(no|nope|nah|not really|negative|unfortunately not|sadly not|im afraid not|not quite|not at all)",
    "(not yet|no not yet|not now|still not|still no)",
    "(nein|nee|leider nicht|leider nein|noch nicht|immer noch nicht)",
    "(todavia no|aun no|no todavia)",
    "(いいえ|いえ|まだ|まだです|だめです|ダメです)",
)

STILL = (
    "(it |that |this |its |i am |im |my account is |the account is |account is |ive been |)still "
    "(locked|locked out|broken|blocked|down|stuck|failing|fails|expired|the same|same|not working|not fixed|no access"
    "|doesnt work|does not work|isnt working|is not working|cant (log|sign|get) in|cannot (log|sign|get) in)",
    "(it|that|this|) (still |)(doesnt|does not|didnt|did not|dont|wont|will not) (work|help|do it|fix it|solve it)"
    "( for me| yet| at all| either|)",
    "(it|that|this|its|thats|it is|) (isnt|is not|not) (working|fixed|solved|resolved|sorted)( for me| yet| at all|)",
    "i (still |)(cant|cannot|can not) (log|sign|get) (back |)in( yet|)",
    "(no|same|not any) (change|difference|luck|improvement|better)",
    "(the |)same (problem|error|issue|thing)( again| as before| still|)",
    "not (working|fixed|solved|resolved)( yet|)",
    "(es |das |)(geht|funktioniert|klappt|lauft)( leider| immer| noch|)( noch|)( immer|) nicht",
    "(bin |ich bin |)(immer noch|weiterhin|noch immer) (gesperrt|ausgesperrt|kaputt)",
    "(todavia |aun |sigue |)(no funciona|sin funcionar|no puedo entrar)",
    "(sigue|sigo|continua) (bloqueada|bloqueado|igual|sin acceso)",
    "(まだ|)(直|治|動|使え|入れ|でき|ログインでき)(り|き|)(ません|ないです)",
)

THANKS = (
    "(thanks|thank you|thank u|thx|tnx|thanx|ty|tysm|cheers|ta|many thanks|thanks a (lot|bunch|million))"
    "( so much| very much| a lot| for (your|the) help| for helping| in advance| again|)",
    "much appreciated",
    "(i |)appreciate it",
    "(great|good|perfect|nice|awesome|excellent|cool|super|brilliant|wonderful|amazing|fantastic|lovely|sweet)( job| work| stuff|)",
    "(ok|okay|alright|all right|k|kk|got it|understood|noted|roger|sounds good|fair enough|no problem|no worries|will do)",
    "(its|thats|that is|it is) (ok|okay|fine|great|perfect)",
    "(please |)hurry( up|)",
    "(its |it is |this is |)(quite |rather |very |)urgent",
    "(asap|as soon as possible|quickly|fast|take your time|ill wait)",
    "(im |i am |)(still |)waiting( for it|)",
    "youre (the best|great|awesome)",
    "(danke|vielen dank|danke schon|danke dir|danke sehr|besten dank|merci|super danke|alles klar|verstanden|beeil dich)",
    "(gracias|muchas gracias|mil gracias|vale|de acuerdo|perfecto|genial|entendido|date prisa)",
    "(ありがとう|有難う)(ございます|ございました|)",
    "(どうも|助かりました|助かります|了解です|了解しました|了解|わかりました|分かりました|急いで)",
)

GREETING = (
    "(hi|hello|hey|hiya|howdy|yo|heya|greetings|hallo|moin|servus|hola|buenas|buenos dias|buenas tardes|salut|bonjour|ciao)"
    "( there| all| team| everyone| everybody| deskhand| bot| again|)",
    "good (morning|afternoon|evening|day)( all| everyone| team|)",
    "(morning|evening|afternoon)",
    "(guten|gute) (tag|morgen|abend)",
    "gruss gott",
    "how are (you|things)( doing| today|)",
    "how (is|was) your (day|week|weekend|morning|holiday|vacation)( going| so far| been|)",
    "(what|such) a (nice |lovely |beautiful |long |)(day|week|morning|monday|tuesday|wednesday|thursday|friday)",
    "(whats|what is) up",
    "(bye|goodbye|see you|have a (nice|good) (day|one|weekend)|tschuss)",
    "(こんにちは|こんばんは|おはよう|おはようございます|お疲れ様です|おつかれさまです|もしもし|はじめまして)",
)

HELP = (
    "help( me| us|)( please| out| with something| with this|)",
    "(can|could|will|would) you (please |)help( me| us| out|)",
    "(what|which things|how) (can|do|could) (you|i|we) (do|ask|ask you|use you|help|help me with|help with|offer|get|use this|use it)"
    "( for me| here| with you|)",
    "(what|who) are you( for| good for| able to do|)",
    "what (is|does) this( bot|)( do| for|)",
    "how does this work",
    "(i |)(need|want) (some |your |)help",
    "(hilfe|kannst du mir helfen|konnen sie mir helfen|was kannst du( alles| so|))",
    "(ayuda|ayudame|puedes ayudarme|que puedes hacer)",
    "(助けて|ヘルプ|何ができますか|使い方)",
)

STATUS = (
    "(any|is there any|are there any|got any|have you any) (news|update|updates|progress)( for me| on (it|this|that)"
    "| (on|about) my (request|case|access)s?| yet| now|)",
    "(whats|what is|hows|how is) (the |)(status|state|progress)( (of|on|with) (it|this|that|my (open |last |)(request|case)s?|everything)|)"
    "( please| now|)",
    "(status|update|status update|progress)( of my requests?|)",
    "how (is|are|does|do|long) (it|things|my (request|case)s?|that|this) (going|coming along|doing|stand|look)( on| with my requests?|)",
    "how (are|is) (things|it)( going|) with my (request|case)s?",
    "(how long|when) (does|will|do|is) (it|this|that|my request) (take|be done|be ready|be|happen|done|ready)"
    "( take| done| ready| still|)( still| from here|)",
    "why (does|is) (it|this|that) (take|taking|takes) (so |that |)long",
    "(did|has) (anyone|anybody|somebody|someone|he|she|they) (see|seen|answer|answered|approve|approved|look|looked)"
    "( at|)( it| this| that| me| my request|)( yet| already|)",
    "(who|whom) (approves|has to approve|must approve|are you waiting for|are we waiting for|does it wait for|do we wait for|decides)"
    "( it| this| that|)",
    "(what|whom) (is it|are you|are we|am i|is this) (still |)waiting for",
    "is (it|this|that) (done|ready|approved|through|finished)( yet| already| now|)",
    "(gibt es (was |etwas |)neues|wie ist der stand|wie weit ist (es|das|meine anfrage))",
    "(hay novedades|como va( mi solicitud|))",
)

CHAT = (
    "(will|would|do|can|could) you (want to |)(marry|love|like|hate|kiss|hug|miss|date) (me|us)( too| back|)",
    "(do|can|did|are|have) you (ever |)(dream|sleep|feel|feel anything|sing|dance|eat|drink|drink coffee|bored|alive|real|happy|sad|lonely|human"
    "|a human|a robot|a bot|a machine|an ai|single|conscious|sleep well)( at night| ever|)",
    "(i |we |)(love|like|hate|miss) (you|u)( so much| very much| bot|)",
    "(tell|sing) (me |us |)(a |another |some |)(joke|jokes|song|story|poem|secret)( please|)",
    "(do you |)know (a |any |another |some |)(joke|jokes|secrets)",
    "(whats|what is) your (name|favou?rite (colou?r|food|song|film|movie|animal|number))",
    "how (old|smart|clever|tall|much do you earn) are you",
    "how much do you earn",
    "(what|where|who) (do|did) you (do|live|come from|work|eat|go)( at the weekend| last weekend| for fun|)",
    "how (was|is) your (day|weekend|week|night|holiday|vacation|morning)( so far|)",
    "what a (day|week|monday|tuesday|wednesday|thursday|friday|morning|mess|life|weather)",
    "(are you |)(stupid|dumb|an idiot|useless|silly|drunk)",
    "you (are|re) (stupid|dumb|an idiot|useless|silly|funny|cute|sweet|boring)",
    "youre (stupid|dumb|an idiot|useless|silly|funny|cute|sweet|boring)",
    "(whats|what is) the meaning of life",
    "(test|testing|just testing|just a test|ping|this is a test|test test)",
    "(happy|merry) (friday|monday|weekend|christmas|birthday|new year|easter)",
)

FILLER = (
    "it (has |)(just |)(stopped|went away|gone away|disappeared|vanished)( by itself| on its own| again|)",
    "(please|pls|plz|bitte|por favor|actually|oh|ah|uh|um|hmm|hm|well|so|sorry|just|and|but|then|now|again|already|anyway|lol|haha)",
    "(my bad|my apologies|my mistake|after all|for now|you know what|on second thought|on second thoughts|by the way|btw|i think)",
    "(guys|folks|team|deskhand|bot|sir|man|mate|there|everyone|dear|friend|und|aber|doch|y|pero|also|entonces|instead|though)",
    "(すみません|やっぱり|ください|下さい|お願いします|おねがいします|です|ます|ね|よ|もう|では|あの)",
    "(i guess|i suppose|at all|really|very much|it|that|for me|today|too|still)",
)

TABLES: Mapping[str, tuple[str, ...]] = {
    "withdraw": WITHDRAW,
    "person": PERSON,
    "still": STILL,
    "works": WORKS,
    "no": NO,
    "yes": YES,
    "thanks": THANKS,
    "greeting": GREETING,
    "help": HELP,
    "status": STATUS,
    "chat": CHAT,
    "filler": FILLER,
}
"""Class → forms; where two classes hold the same form, the earlier one counts."""
