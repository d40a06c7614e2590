namespace Faultline.Litmus.Syntax;

/// <summary>
/// Cuts a litmus test into tokens. The header is not made of tokens (a value runs to the end of its line), so the lexer
/// also reads test names, quoted titles and rests of lines.
/// </summary>
internal sealed class Lexer(string text)
{
    private int offset;
    private int line = 1;
    private int lineStart;

    public SourcePosition Position => new(line, offset - lineStart + 1);

    public bool AtEnd => offset == text.Length;

    /// <summary>The character at hand, NUL at the end of the text.</summary>
    public char Peek => PeekAt(0);

    /// <summary>Skips blanks and comments. Returns where a comment starts that does not end, or null.</summary>
    public SourcePosition? SkipBlanks()
    {
        while (true)
        {
            if (IsBlank(Peek))
            {
                Step();
            }
            else if (Peek == '(' && PeekAt(1) == '*')
            {
                SourcePosition start = Position;
                if (!SkipComment())
                {
                    return start;
                }
            }
            else
            {
                return null;
            }
        }
    }

    public Token Next()
    {
        if (SkipBlanks() is { } openComment)
        {
            return new Token(TokenKind.OpenComment, openComment, "(*");
        }

        SourcePosition start = Position;
        if (AtEnd)
        {
            return new Token(TokenKind.End, start, "");
        }

        if (IsNameStart(Peek))
        {
            return new Token(TokenKind.Name, start, TakeWhile(IsNamePart));
        }

        if (char.IsAsciiDigit(Peek))
        {
            return new Token(TokenKind.Number, start, TakeWhile(IsNamePart));
        }

        (TokenKind kind, int length) = Punctuation();
        string spelling = text.Substring(offset, length);
        offset += length;
        return new Token(kind, start, spelling);
    }

    /// <summary>Takes the longest run of characters that satisfy <paramref name="accept"/>; none of them may be a newline.</summary>
    public string TakeWhile(Func<char, bool> accept)
    {
        int start = offset;
        while (!AtEnd && accept(Peek))
        {
            offset++;
        }

        return text[start..offset];
    }

    /// <summary>Takes what is left of the line, without the newline and the blanks at both ends.</summary>
    public string TakeLine() => TakeWhile(c => c != '\n').Trim();

    /// <summary>Takes one character.</summary>
    public void Step()
    {
        bool newline = Peek == '\n';
        offset++;
        if (newline)
        {
            line++;
            lineStart = offset;
        }
    }

    public static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c == '_';

    public static bool IsNamePart(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    private static bool IsBlank(char c) => c is ' ' or '\t' or '\r' or '\n';

    private char PeekAt(int distance) => offset + distance < text.Length ? text[offset + distance] : '\0';

    /// <summary>Skips a comment and those nested in it. Returns false at the end of the text.</summary>
    private bool SkipComment()
    {
        int depth = 0;
        while (!AtEnd)
        {
            int change = (Peek, PeekAt(1)) switch { ('(', '*') => 1, ('*', ')') => -1, _ => 0 };
            Step();
            if (change == 0)
            {
                continue;
            }

            Step();
            depth += change;
            if (depth == 0)
            {
                return true;
            }
        }

        return false;
    }

    private (TokenKind Kind, int Length) Punctuation() => (Peek, PeekAt(1)) switch
    {
        ('/', '\\') => (TokenKind.And, 2),
        ('\\', '/') => (TokenKind.Or, 2),
        ('!', '=') => (TokenKind.NotEqual, 2),
        ('.', '.') => (TokenKind.Range, 2),
        ('{', _) => (TokenKind.LeftBrace, 1),
        ('}', _) => (TokenKind.RightBrace, 1),
        ('[', _) => (TokenKind.LeftBracket, 1),
        (']', _) => (TokenKind.RightBracket, 1),
        ('(', _) => (TokenKind.LeftParen, 1),
        (')', _) => (TokenKind.RightParen, 1),
        (',', _) => (TokenKind.Comma, 1),
        (';', _) => (TokenKind.Semicolon, 1),
        ('|', _) => (TokenKind.Bar, 1),
        ('=', _) => (TokenKind.Equal, 1),
        ('.', _) => (TokenKind.Dot, 1),
        (':', _) => (TokenKind.Colon, 1),
        ('*', _) => (TokenKind.Star, 1),
        ('-', _) => (TokenKind.Minus, 1),
        ('~', _) => (TokenKind.Tilde, 1),
        var (first, second) => (TokenKind.Stray, char.IsSurrogatePair(first, second) ? 2 : 1),
    };
}
