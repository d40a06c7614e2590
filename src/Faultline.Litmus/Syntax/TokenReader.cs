using System.Globalization;

namespace Faultline.Litmus.Syntax;

/// <summary>The token at hand, and the ways to take it or to say what was expected instead.</summary>
internal sealed class TokenReader(Lexer lexer)
{
    public Token Current { get; private set; } = lexer.Next();

    public bool At(TokenKind kind) => Current.Kind == kind;

    public bool AtWord(string word) => Current.Kind == TokenKind.Name && Current.Text == word;

    public Token Take()
    {
        Token taken = Current;
        if (taken.Kind is not (TokenKind.End or TokenKind.OpenComment))
        {
            Current = lexer.Next();
        }

        return taken;
    }

    public bool TryTake(TokenKind kind)
    {
        bool found = At(kind);
        if (found)
        {
            Take();
        }

        return found;
    }

    public bool TryTakeWord(string word)
    {
        bool found = AtWord(word);
        if (found)
        {
            Take();
        }

        return found;
    }

    public Token Expect(TokenKind kind, string? expected = null)
    {
        if (!At(kind))
        {
            throw Unexpected(expected ?? $"'{Token.Spelling(kind)}'");
        }

        return Take();
    }

    /// <summary>Takes a number, with a minus sign when <paramref name="minimum"/> allows one.</summary>
    public int ExpectInt(string expected, int minimum)
    {
        SourcePosition position = Current.Position;
        bool negative = minimum < 0 && TryTake(TokenKind.Minus);
        if (!At(TokenKind.Number))
        {
            throw Unexpected(expected);
        }

        Token token = Take();
        string sign = negative ? "-" : "";
        if (!TryReadMagnitude(token.Text, out Int128 magnitude))
        {
            throw new InputError(position, $"'{sign}{Token.Clip(token.Text)}' is no number; expected {expected}");
        }

        Int128 value = negative ? -magnitude : magnitude;
        if (value < minimum || value > int.MaxValue)
        {
            throw new InputError(
                position, $"{sign}{Token.Clip(token.Text)} is out of range; expected {expected} ({minimum}..{int.MaxValue})");
        }

        return (int)value;
    }

    /// <summary>The error that says what was expected instead of the token at hand.</summary>
    public InputError Unexpected(string expected, string hint = "")
    {
        string message = Current.Kind switch
        {
            TokenKind.OpenComment => "this comment is not closed; expected '*)'",
            TokenKind.Stray => $"unexpected character {Printable(Current.Text)}; expected {expected}",
            _ => $"expected {expected}, found {Current.Describe()}{hint}",
        };
        bool atEnd = Current.Kind is TokenKind.End or TokenKind.OpenComment;
        return new InputError(Current.Position, message) { IsFatal = atEnd };
    }

    /// <summary>The error that says which of a few words was expected, and which one was perhaps meant.</summary>
    public InputError UnexpectedWord(string expected, params string[] words) =>
        Unexpected(expected, At(TokenKind.Name) ? Vocabulary.Hint(Current.Text, words) : "");

    /// <summary>Skips to the next token that is one of <paramref name="kinds"/>, or to the end.</summary>
    public void SkipTo(params ReadOnlySpan<TokenKind> kinds)
    {
        while (!At(TokenKind.End) && !At(TokenKind.OpenComment) && !kinds.Contains(Current.Kind))
        {
            Take();
        }
    }

    /// <summary>Numbers too long for any use read as more than an int holds.</summary>
    private static bool TryReadMagnitude(string digits, out Int128 value)
    {
        const int longest = 30;
        bool hexadecimal = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        ReadOnlySpan<char> body = hexadecimal ? digits.AsSpan(2) : digits;
        bool tooLong = body.Length > longest;
        value = Int128.MaxValue;
        if (tooLong)
        {
            return !body.ContainsAnyExcept(hexadecimal ? "0123456789abcdefABCDEF" : "0123456789");
        }

        NumberStyles style = hexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        return Int128.TryParse(body, style, CultureInfo.InvariantCulture, out value);
    }

    private static string Printable(string character) =>
        character[0] is > ' ' and not (char)0x7f && !char.IsControl(character[0]) && !char.IsSurrogate(character[0])
            ? $"'{character}'"
            : $"U+{(character.Length == 2 ? char.ConvertToUtf32(character[0], character[1]) : character[0]):X4}";
}
