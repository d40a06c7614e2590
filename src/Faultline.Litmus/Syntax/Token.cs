namespace Faultline.Litmus.Syntax;

/// <summary>What a token is. The members without a spelling of their own say so in <see cref="Token.Describe"/>.</summary>
internal enum TokenKind : byte
{
    End,
    Name,
    Number,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    LeftParen,
    RightParen,
    Comma,
    Semicolon,
    Bar,
    Equal,
    NotEqual,
    Dot,
    Range,
    Colon,
    Star,
    Minus,
    Tilde,
    And,
    Or,

    /// <summary>A character that starts no token.</summary>
    Stray,

    /// <summary>A comment without its end; <see cref="Token.Position"/> is where it starts.</summary>
    OpenComment,
}

/// <summary>One token of a litmus test.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Position">Where it starts.</param>
/// <param name="Text">Its spelling.</param>
internal readonly record struct Token(TokenKind Kind, SourcePosition Position, string Text)
{
    /// <summary>The token as an error message names it.</summary>
    public string Describe() => Kind switch
    {
        TokenKind.End => "the end of the file",
        _ => $"'{Clip(Text)}'",
    };

    /// <summary>Shortens a word that would drown the message it stands in.</summary>
    public static string Clip(string word) => word.Length <= 40 ? word : string.Concat(word.AsSpan(0, 37), "...");

    /// <summary>The spelling of a kind that has only one.</summary>
    public static string Spelling(TokenKind kind) => kind switch
    {
        TokenKind.LeftBrace => "{",
        TokenKind.RightBrace => "}",
        TokenKind.LeftBracket => "[",
        TokenKind.RightBracket => "]",
        TokenKind.LeftParen => "(",
        TokenKind.RightParen => ")",
        TokenKind.Comma => ",",
        TokenKind.Semicolon => ";",
        TokenKind.Bar => "|",
        TokenKind.Equal => "=",
        TokenKind.NotEqual => "!=",
        TokenKind.Dot => ".",
        TokenKind.Range => "..",
        TokenKind.Colon => ":",
        TokenKind.Star => "*",
        TokenKind.Minus => "-",
        TokenKind.Tilde => "~",
        TokenKind.And => "/\\",
        TokenKind.Or => "\\/",
        _ => "",
    };
}
