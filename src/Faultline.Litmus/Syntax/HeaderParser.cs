namespace Faultline.Litmus.Syntax;

/// <summary>Parses what stands before the initial state: architecture, name, title, <c>Key=Value</c> lines.</summary>
internal sealed class HeaderParser(Lexer lexer, DiagnosticList diagnostics)
{
    public const string Architecture = "DAX";

    private readonly List<InfoLine> info = [];

    public string Name { get; private set; } = "";

    public string Title { get; private set; } = "";

    public IReadOnlyList<InfoLine> Info => info;

    /// <summary>Parses up to, not including, the <c>{</c> of the initial state.</summary>
    public void Parse()
    {
        ParseFirstLine();
        SkipBlanks();
        if (lexer.Peek == '"')
        {
            ParseTitle();
            SkipBlanks();
        }

        while (lexer.Peek != '{')
        {
            if (lexer.AtEnd)
            {
                throw Fatal("expected 'Key=Value' or '{', found the end of the file");
            }

            try
            {
                ParseInfoLine();
            }
            catch (InputError error)
            {
                diagnostics.Add(error);
                lexer.TakeLine();
            }

            SkipBlanks();
        }
    }

    private static bool IsTestNamePart(char c) => char.IsAsciiLetterOrDigit(c) || "_/.-+[]:".Contains(c);

    private static bool IsKeyPart(char c) => char.IsAsciiLetterOrDigit(c) || "_/.-".Contains(c);

    private void ParseFirstLine()
    {
        SkipBlanks();
        if (lexer.AtEnd)
        {
            throw Fatal($"there is no test in this file; expected '{Architecture} NAME'");
        }

        SourcePosition start = lexer.Position;
        string architecture = lexer.TakeWhile(Lexer.IsNamePart);
        if (architecture != Architecture)
        {
            string found = architecture.Length > 0 ? $"'{Token.Clip(architecture)}'" : "something else";
            throw new InputError(start, $"expected '{Architecture}', the architecture of every test, found {found}") { IsFatal = true };
        }

        lexer.TakeWhile(c => c is ' ' or '\t');
        Name = lexer.TakeWhile(IsTestNamePart);
        if (Name.Length == 0)
        {
            throw Fatal("expected the name of the test: letters, digits and any of _/.-+[]:");
        }
    }

    private void ParseTitle()
    {
        SourcePosition start = lexer.Position;
        lexer.Step();
        Title = lexer.TakeWhile(c => c is not ('"' or '\n'));
        if (lexer.Peek != '"')
        {
            throw new InputError(start, "this title is not closed; expected '\"' before the end of the line") { IsFatal = true };
        }

        lexer.Step();
    }

    private void ParseInfoLine()
    {
        SourcePosition start = lexer.Position;
        string key = char.IsAsciiLetter(lexer.Peek) ? lexer.TakeWhile(IsKeyPart) : "";
        if (key.Length == 0)
        {
            throw new InputError(start, "expected 'Key=Value' or '{'");
        }

        lexer.TakeWhile(c => c is ' ' or '\t');
        if (lexer.Peek != '=')
        {
            throw new InputError(lexer.Position, $"expected '=' after the key '{Token.Clip(key)}', or '{{'");
        }

        lexer.Step();
        info.Add(new InfoLine(key, lexer.TakeLine(), start));
    }

    private void SkipBlanks()
    {
        if (lexer.SkipBlanks() is { } openComment)
        {
            throw new InputError(openComment, "this comment is not closed; expected '*)'") { IsFatal = true };
        }
    }

    private InputError Fatal(string message) => new(lexer.Position, message) { IsFatal = true };
}
