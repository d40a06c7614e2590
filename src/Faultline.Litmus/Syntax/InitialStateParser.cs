namespace Faultline.Litmus.Syntax;

/// <summary>Parses <c>{ mount ro; file ...; map ...; process ...; }</c>.</summary>
internal sealed class InitialStateParser(TokenReader reader, Scope scope, DiagnosticList diagnostics, int hugePage)
{
    private static readonly string[] Declarations = ["file", "map", "process", "mount"];

    private readonly FileParser files = new(reader);
    private readonly MapParser maps = new(reader, scope, hugePage);
    private readonly Dictionary<int, Token> processOfThread = [];

    /// <summary>Threads of declared processes, where they are named.</summary>
    public IEnumerable<(int Thread, Token Name)> Members => processOfThread.Select(m => (m.Key, m.Value));

    public void Parse()
    {
        reader.Expect(TokenKind.LeftBrace);
        while (!reader.TryTake(TokenKind.RightBrace))
        {
            string? declared = null;
            Recover(() => ParseDeclaration(ref declared), () =>
            {
                scope.AddFailed(declared ?? "");
                reader.SkipTo(TokenKind.Semicolon, TokenKind.RightBrace);
                reader.TryTake(TokenKind.Semicolon);
            });
        }

        foreach (Action check in maps.Checks)
        {
            Recover(check, () => scope.AddFailed(""));
        }
    }

    private void Recover(Action parse, Action recover)
    {
        try
        {
            parse();
        }
        catch (InputError error) when (!error.IsFatal)
        {
            diagnostics.Add(error);
            recover();
        }
    }

    private void ParseDeclaration(ref string? declared)
    {
        Token word = reader.Current;
        if (!Declarations.Contains(word.Text))
        {
            FailAtDeclaration(word);
        }

        reader.Take();
        if (word.Text == "mount")
        {
            ParseMount(word.Position);
            return;
        }

        Token name = reader.Expect(TokenKind.Name, $"the name of the {(word.Text == "map" ? "mapping" : word.Text)}");
        scope.CheckFree(name);
        declared = name.Text;
        reader.Expect(TokenKind.Equal);
        switch (word.Text)
        {
            case "file":
                Finish(files.Parse(name), scope.Add);
                break;
            case "map":
                Finish(maps.Parse(name), scope.Add);
                break;
            default:
                Finish(ParseProcess(name), scope.Add);
                break;
        }
    }

    private void Finish<T>(T declaration, Action<T> add)
    {
        reader.Expect(TokenKind.Semicolon);
        add(declaration);
    }

    private void FailAtDeclaration(Token word)
    {
        if (word.Kind == TokenKind.Name && Vocabulary.TryThread(word.Text, out _))
        {
            throw new InputError(word.Position, $"the initial state is not closed; expected '}}' before {word.Describe()}") { IsFatal = true };
        }

        throw reader.Unexpected(
            "'file', 'map', 'process', 'mount' or '}'", word.Kind == TokenKind.Name ? NearestName.Hint(word.Text, Declarations) : "");
    }

    private void ParseMount(SourcePosition position)
    {
        if (!reader.TryTakeWord("ro"))
        {
            throw reader.Unexpected("'ro'", reader.AtWord("rw") ? "; without 'mount' it is mounted read-write" : "");
        }

        if (scope.MountedReadOnly is { } first)
        {
            throw new InputError(position, $"'mount ro' stands already on line {first.Line}; expected another declaration");
        }

        reader.Expect(TokenKind.Semicolon);
        scope.MountedReadOnly = position;
    }

    private ProcessDeclaration ParseProcess(Token name)
    {
        List<int> threads = [];
        do
        {
            Token thread = reader.Expect(TokenKind.Name, "a thread, as P1");
            if (!Vocabulary.TryThread(thread.Text, out int number))
            {
                throw new InputError(thread.Position, $"expected a thread, as P1, found {thread.Describe()}");
            }

            if (!processOfThread.TryAdd(number, thread))
            {
                throw new InputError(
                    thread.Position,
                    $"{thread.Text} is in a process already, on line {processOfThread[number].Position.Line}; expected another thread");
            }

            threads.Add(number);
        }
        while (reader.TryTake(TokenKind.Comma));
        return new ProcessDeclaration(name.Text, threads, name.Position);
    }
}
