"""The words behind ``cues``, by language: alternatives of regular expressions, in lower case.

"opening": something new begins; "leaning": it leans on the sentence before; "weighty": something is claimed or found;
"stressed": the speaker says that it matters; "summing": the speaker sums up; "filling": says nothing, at the beginning
of a sentence; "hanging": a clause that begins so is no statement by itself; "breaking": others that begin a phrase.
"""

from __future__ import annotations

from typing import Literal

Cue = Literal["opening", "leaning", "weighty", "stressed", "summing", "filling", "hanging", "breaking"]

CUES: dict[str, dict[Cue, str]] = {
    "en": {
        "opening": "now|next|so let|let's|let us|let me|okay|all right|alright|first|firstly|second|secondly|third|"
        "finally|another|the next|the first|the second|the third|today|welcome|to begin|to start|moving on|"
        "turning to|for example|imagine|suppose|consider|here is|here's|what is|what are|why|how do|how does",
        "leaning": "and|but|or|nor|because|which|who|whose|that's|than|it|its|it's|they|them|their|he|him|his|she|her|"
        "this|these|those|that|then|also|so|such|there|as well|however|though|although|therefore|thus|yeah|yes|no|"
        "right|exactly|in being|for although",
        "weighty": "the reason|the problem|the answer|the result|turns out|never|most of all|above all|surprising|"
        "in fact|that is why|that's why|lesson|mistake|secret|discovered|invented|revolutionized|the best|the first|"
        "significant|the difference|imagine|for example",
        "stressed": "important|importance|key point|main point|the point is|remember|crucial|essential|keep in mind|"
        "the question is|above all|most of all|the whole point|the trick is",
        "summing": "in summary|to sum up|to summarize|in conclusion|to conclude|in short|the takeaway|takeaways|"
        "the bottom line|what we learned|what we've learned|in other words|all in all",
        "filling": "now|so|well|okay|ok|all right|alright|right|um|uh|er|and|but|or|yeah|yes|no|you know|i mean|"
        "i think|actually|basically|like|also|then|oh|hmm|because|at least|of course|anyway|again|look|see|kind of|"
        "sort of",
        "hanging": "to|about|against|around|because|so|across|along|behind|beside|beyond|toward|towards|upon|will|"
        "might|may|must|did|throughout|instead|despite|besides|due|according|given|in|on|at|by|for|from|with|without|as|if|when|while|whereas|once|after|before|until|"
        "depending|up|into|via|per|among|during|than|where|whether|unless|since|through|over|"
        "under|using|including|rather|within|between|like|out|down|even|just|not|only|have|has|"
        "had|is|are|was|were|be|been|can|could|would|should|do|does|did|quoting|let's|let us|"
        "let me|lastly|such as",
        "breaking": "i|we|you|every|each|some|many|all|another|any|there|here|how|why|what|i'm|we're|you're|let's",
    },
    "de": {
        "opening": "jetzt|nun|als nächstes|kommen wir|schauen wir|erstens|zweitens|drittens|zunächst|zuerst|"
        "schließlich|heute|willkommen|zum beispiel|stellen sie sich|stellt euch|was ist|warum|wie|ein weiterer",
        "leaning": "und|aber|oder|denn|weil|dass|die|das|dies|diese|dieser|dieses|er|sie|es|ihm|ihn|ihr|ihre|sein|"
        "seine|dann|da|also|auch|deshalb|daher|jedoch|welche|welcher|ja|nein|genau",
        "weighty": "wichtig|entscheidend|wesentlich|der punkt ist|merken sie|die frage ist|die antwort|das ergebnis|"
        "das problem|der grund|niemals|vor allem|erstaunlich|überraschend|deshalb",
        "summing": "zusammenfassend|zusammengefasst|kurz gesagt|insgesamt|zum schluss|fazit|mit anderen worten",
        "stressed": "wichtig|entscheidend|wesentlich|der punkt ist|merken sie|die frage ist|vor allem",
        "filling": "jetzt|nun|also|ja|nein|und|aber|oder|ähm|äh|genau|gut|okay|na ja|dann|denn|weil|natürlich|"
        "eigentlich|sozusagen",
        "hanging": "um|zu|in|im|an|am|auf|bei|für|von|vom|mit|ohne|als|wenn|während|sobald|nach|vor|bis|"
        "aus|durch|über|unter|ob|wo|ist|sind|war|hat|haben|kann|wird",
    },
    "fr": {
        "opening": "maintenant|ensuite|passons|commençons|voyons|d'abord|premièrement|deuxièmement|enfin|aujourd'hui|"
        "bienvenue|par exemple|imaginez|supposons|qu'est-ce que|pourquoi|comment|un autre",
        "leaning": "et|mais|ou|car|parce que|qui|que|dont|il|elle|ils|elles|ce|cela|ça|c'est|cette|ces|son|sa|ses|"
        "leur|leurs|alors|donc|aussi|puis|oui|non|cependant|pourtant",
        "weighty": "important|essentiel|crucial|le point|retenez|la question est|la réponse|le résultat|le problème|"
        "la raison|jamais|surtout|avant tout|surprenant|en fait",
        "summing": "en résumé|pour résumer|en conclusion|pour conclure|bref|dans l'ensemble|autrement dit",
        "stressed": "important|essentiel|crucial|retenez|la question est|surtout|avant tout",
        "filling": "alors|donc|bon|ben|eh bien|et|mais|ou|oui|non|euh|voilà|en fait|puis|car|bien sûr|maintenant",
        "hanging": "à|au|aux|en|dans|sur|par|pour|de|du|des|avec|sans|comme|si|quand|lorsque|pendant|"
        "après|avant|jusqu|où|est|sont|était|a|ont|peut",
    },
    "es": {
        "opening": "ahora|a continuación|veamos|vamos a|empecemos|primero|en primer lugar|segundo|por último|"
        "finalmente|hoy|bienvenidos|por ejemplo|imaginen|imagina|qué es|por qué|cómo|otro|otra",
        "leaning": "y|e|pero|o|porque|que|quien|cual|él|ella|ellos|ellas|esto|eso|este|esta|estos|estas|su|sus|"
        "entonces|también|así|sí|no|sin embargo|aunque|por lo tanto",
        "weighty": "importante|esencial|crucial|clave|recuerden|recuerda|la pregunta es|la respuesta|el resultado|"
        "el problema|la razón|nunca|sobre todo|sorprendente|de hecho",
        "summing": "en resumen|para resumir|en conclusión|para concluir|en definitiva|en general|es decir",
        "stressed": "importante|esencial|crucial|clave|recuerden|recuerda|la pregunta es|sobre todo",
        "filling": "bueno|pues|entonces|ahora|y|pero|o|sí|no|eh|este|o sea|la verdad|porque|claro",
        "hanging": "a|al|en|por|para|de|del|con|sin|como|si|cuando|mientras|después|antes|hasta|donde|es|"
        "son|era|ha|han|puede|desde|entre",
    },
    "it": {
        "opening": "ora|adesso|passiamo|vediamo|cominciamo|prima di tutto|in primo luogo|infine|oggi|benvenuti|"
        "per esempio|ad esempio|immaginate|che cos'è|perché|come|un altro|un'altra",
        "leaning": "e|ed|ma|o|perché|che|chi|cui|egli|lui|lei|loro|esso|questo|questa|questi|queste|quello|suo|sua|"
        "allora|anche|così|quindi|poi|sì|no|tuttavia|però",
        "weighty": "importante|essenziale|fondamentale|ricordate|la domanda è|la risposta|il risultato|il problema|"
        "la ragione|mai|soprattutto|sorprendente|infatti",
        "summing": "in sintesi|riassumendo|in conclusione|per concludere|insomma|nel complesso|in altre parole",
        "stressed": "importante|essenziale|fondamentale|ricordate|la domanda è|soprattutto",
        "filling": "allora|quindi|dunque|bene|ora|e|ma|o|sì|no|ehm|cioè|poi|perché|insomma|certo",
        "hanging": "a|al|in|nel|nella|su|per|da|dal|di|del|con|senza|come|se|quando|mentre|dopo|prima|"
        "fino|dove|è|sono|era|ha|hanno|può",
    },
    "pt": {
        "opening": "agora|a seguir|vamos|vejamos|primeiro|em primeiro lugar|por fim|finalmente|hoje|bem-vindos|"
        "por exemplo|imaginem|imagine|o que é|por que|como|outro|outra",
        "leaning": "e|mas|ou|porque|que|quem|qual|ele|ela|eles|elas|isto|isso|este|esta|esse|essa|seu|sua|então|"
        "também|assim|sim|não|no entanto|porém|portanto",
        "weighty": "importante|essencial|fundamental|lembrem|a pergunta é|a resposta|o resultado|o problema|a razão|"
        "nunca|sobretudo|surpreendente|na verdade",
        "summing": "em resumo|resumindo|em conclusão|para concluir|em suma|no geral|ou seja",
        "stressed": "importante|essencial|fundamental|lembrem|a pergunta é|sobretudo",
        "filling": "então|bem|bom|agora|e|mas|ou|sim|não|né|pois|porque|claro|quer dizer",
        "hanging": "a|ao|em|no|na|por|para|de|do|da|com|sem|como|se|quando|enquanto|depois|antes|até|onde|"
        "é|são|era|tem|pode",
    },
    "nl": {
        "opening": "nu|vervolgens|laten we|ten eerste|ten tweede|tot slot|vandaag|welkom|bijvoorbeeld|stel je voor|"
        "wat is|waarom|hoe|een ander",
        "leaning": "en|maar|of|want|omdat|die|dat|dit|deze|hij|zij|ze|het|hun|zijn|haar|dan|dus|ook|ja|nee|echter",
        "weighty": "belangrijk|essentieel|cruciaal|onthoud|de vraag is|het antwoord|het resultaat|het probleem|"
        "de reden|nooit|vooral|verrassend",
        "summing": "samengevat|kortom|tot slot|al met al|met andere woorden",
        "stressed": "belangrijk|essentieel|cruciaal|onthoud|de vraag is|vooral",
        "filling": "nu|dus|nou|ja|nee|en|maar|of|eh|oké|goed|dan|want|eigenlijk",
        "hanging": "om|te|in|op|aan|bij|voor|van|met|zonder|als|wanneer|terwijl|na|tot|uit|door|over|"
        "onder|of|waar|is|zijn|was|heeft|kan",
    },
    "ru": {
        "opening": "теперь|далее|давайте|рассмотрим|во-первых|во-вторых|наконец|сегодня|добро пожаловать|например|"
        "представьте|что такое|почему|как|другой",
        "leaning": "и|а|но|или|потому что|который|которая|которые|он|она|оно|они|его|её|их|это|этот|эта|эти|"  # noqa: RUF001
        "тогда|тоже|также|поэтому|да|нет|однако",
        "weighty": "важно|важный|главное|запомните|вопрос в том|ответ|результат|проблема|причина|никогда|прежде всего",
        "summing": "итак|в итоге|подводя итог|в заключение|короче говоря|другими словами",
        "stressed": "важно|важный|главное|запомните|вопрос в том|прежде всего",
        "filling": "ну|так|вот|и|а|но|да|нет|теперь|значит|в общем|э|потому что|конечно",  # noqa: RUF001
        "hanging": "в|на|по|для|от|из|с|со|без|как|если|когда|пока|после|до|где|чтобы|при|между|был|была|были",  # noqa: RUF001
    },
    "zh": {
        "opening": "现在|接下来|下面|首先|第一|第二|第三|最后|今天|欢迎|例如|比如|我们来看|什么是|为什么|怎么",
        "leaning": "而且|但是|可是|或者|因为|所以|他|她|它|他们|这|那|然后|也|对|不过|因此",
        "weighty": "重要|关键|记住|问题是|答案|结果|原因|从来|尤其|特别",
        "summing": "总之|总的来说|综上|总结|换句话说",
        "stressed": "重要|关键|记住|问题是|尤其",
        "filling": "那么|那|嗯|好|然后|所以|但是|而且|就是|这个|对|因为|其实",
    },
    "ja": {
        "opening": "では|それでは|次に|まず|最初に|第一に|第二に|最後に|今日は|ようこそ|例えば|たとえば|なぜ",
        "leaning": "そして|しかし|でも|または|なぜなら|だから|それ|これ|彼|彼女|その|この|また|はい|いいえ",
        "weighty": "重要|大切|ポイント|覚えて|問題は|答え|結果|理由|決して|特に",
        "summing": "まとめ|要するに|結論|つまり|以上",
        "stressed": "重要|大切|ポイント|覚えて|問題は|特に",
        "filling": "では|それでは|えっと|あの|まあ|はい|そして|でも|だから|それで|じゃあ",
    },
}
