/// What people choose first and guessers try first, told by rule: a word or a walk over the keyboard, spelt with digits for
/// letters, with a year or an exclamation mark after it.
enum CommonPasswords {
    /// - Parameter text: In the form of ``Password``.
    static func contains(_ text: String) -> Bool {
        let folded = Array(text.lowercased().unicodeScalars)
        return isRepetition(folded) || isWalk(folded) || isWord(folded)
    }

    /// Whether a password is a name or an address, or that with digits and signs around it.
    static func isIdentity(_ text: String, of identity: String) -> Bool {
        let folded = text.lowercased()
        let name = identity.lowercased()
        guard !name.isEmpty else { return false }
        let local = name.split(separator: "@", maxSplits: 1).first.map(String.init) ?? name
        let core = String(String.UnicodeScalarView(trimmed(Array(folded.unicodeScalars))))
        return [name, local].contains { $0 == folded || ($0.unicodeScalars.count >= 4 && $0 == core) }
    }

    /// Up to four scalars over and over: `aaaaaaaa`, `12341234`.
    private static func isRepetition(_ text: [Unicode.Scalar]) -> Bool {
        (1...4).contains { period in
            text.count > period && text.indices.dropFirst(period).allSatisfy { text[$0] == text[$0 - period] }
        }
    }

    /// A part of a row of keys or of the alphabet, to and fro: `qwertyuiop`, `87654321`, and that with a few signs more.
    private static func isWalk(_ text: [Unicode.Scalar]) -> Bool {
        var start = 0
        var steps = 0
        for index in text.indices.dropFirst() {
            if isStep(text[index - 1], text[index]) {
                steps += 1
            } else {
                // One walk may follow another: abcd1234.
                if index - start < 3 { return false }
                start = index
            }
        }
        return steps > 0 && text.count - start >= 3
    }

    private static func isStep(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Bool {
        if first == second { return true }
        return rows.contains { row in
            guard let place = row.firstIndex(of: first) else { return false }
            return (place > 0 && row[place - 1] == second) || (place + 1 < row.count && row[place + 1] == second)
        }
    }

    private static func isWord(_ text: [Unicode.Scalar]) -> Bool {
        let plain = String(String.UnicodeScalarView(text))
        // The digits after a word are no letters; those inside it are.
        let core = trimmed(text)
        let spelt = String(String.UnicodeScalarView(core.map { letters[$0] ?? $0 }))
        let whole = String(String.UnicodeScalarView(text.map { letters[$0] ?? $0 }))
        return [plain, spelt, whole].contains { word in
            words.contains(word) || halves(of: word)
        }
    }

    /// Two such words, or one twice: `passwordpassword`, `iloveyoubaby`.
    private static func halves(of word: String) -> Bool {
        guard word.utf8.count >= 8 else { return false }
        return word.indices.dropFirst().contains {
            words.contains(String(word[..<$0])) && words.contains(String(word[$0...]))
        }
    }

    /// Without the digits and signs at both ends.
    private static func trimmed(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        let isLetter: (Unicode.Scalar) -> Bool = { $0.properties.isAlphabetic }
        guard let first = text.firstIndex(where: isLetter), let last = text.lastIndex(where: isLetter) else {
            return []
        }
        return Array(text[first...last])
    }

    private static let rows: [[Unicode.Scalar]] = [
        "`1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "qwertzuiopü", "yxcvbnm", "azertyuiop",
        "abcdefghijklmnopqrstuvwxyz", "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    ].map { Array($0.unicodeScalars) }

    private static let letters: [Unicode.Scalar: Unicode.Scalar] = [
        "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s", "!": "i",
    ]

    private static let words: Set<String> = Set(
        """
        password passwort passwd pass passw0rd contrasena motdepasse senha wachtwoord haslo parola heslo salasana
        letmein welcome willkommen bienvenue admin administrator root user guest login master test testing demo default
        changeme change secret geheim private access system server manager support service office computer internet
        network windows microsoft apple google facebook android iphone samsung galaxy nokia pokemon nintendo minecraft
        playstation xbox roblox fortnite starwars matrix batman superman spiderman ironman avengers naruto godzilla
        iloveyou loveyou iloveu love lover lovely loveme forever sweetheart sweety baby babygirl babyboy honey darling
        princess prince queen king angel angels devil heaven sunshine sunrise sunset summer winter spring autumn sommer
        monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
        october november december football fussball baseball basketball soccer hockey tennis golfer rugby cricket
        liverpool arsenal chelsea barcelona realmadrid juventus manchester yankees cowboys lakers steelers eagles
        monkey dragon tiger lion panther eagle falcon butterfly dolphin elephant kitten puppy kitty bunny rabbit horse
        chicken turtle shark wolf bear chocolate cookie cookies cheese banana orange strawberry cherry pepper coffee
        pizza hamburger ginger sugar candy cupcake flower flowers rose daisy jasmine diamond silver golden purple yellow
        michael jessica jennifer michelle daniel charlie thomas andrew joshua ashley nicole jordan hunter robert matthew
        anthony william andrea amanda samantha patrick alexander victoria maria martin stefan christian
        hello hallo bonjour qwerty qwertz azerty asdf zxcv abc xyz freedom liberty whatever trustno trustnoone nothing
        blink mustang ferrari porsche mercedes corvette harley yamaha toyota honda jesus christ blessed faith
        computer1 ninja samurai pirate warrior killer hacker shadow phantom phoenix thunder lightning storm snow rainbow
        mother father family friends friend sister brother daughter happy smile lucky magic music guitar dance party
        america american canada england germany deutschland france london berlin paris newyork texas california
        presence presencehub hub location locations
        """.split { $0 == " " || $0 == "\n" }.map(String.init))
}
