namespace Faultline.Litmus.Syntax;

/// <summary>Parses one instruction: a cell of the program.</summary>
internal sealed class StatementParser
{
    private readonly TokenReader reader;
    private readonly Scope scope;
    private readonly ArgumentParser arguments;
    private readonly FileCallParser fileCalls;
    private readonly MapCallParser mapCalls;

    public StatementParser(TokenReader reader, Scope scope)
    {
        (this.reader, this.scope) = (reader, scope);
        arguments = new ArgumentParser(reader, scope);
        fileCalls = new FileCallParser(reader, scope, arguments);
        mapCalls = new MapCallParser(reader, scope, arguments);
    }

    public Statement Parse(ThreadBuilder thread)
    {
        Token first = reader.Current;
        if (first.Kind != TokenKind.Name)
        {
            throw reader.Unexpected("an instruction");
        }

        RejectUnmodelled(first);
        if (Vocabulary.IsNumbered(first.Text, 'r'))
        {
            return ParseRegisters(thread, first.Position);
        }

        reader.Take();
        return ParseOther(first, thread)
            ?? fileCalls.TryParse(first, thread)
            ?? mapCalls.TryParse(first, thread)
            ?? ParseStore(thread, first);
    }

    /// <summary>Parses an operation that is about neither a file nor a mapping; null when it is none.</summary>
    private Statement? ParseOther(Token operation, ThreadBuilder thread) => operation.Text switch
    {
        "fork" => ParseFork(thread, operation.Position),
        "drop_caches" => Alone(operation, new DropCachesStatement(operation.Position)),
        "sfence" => Alone(operation, new SfenceStatement(operation.Position)),
        "crash" => Alone(operation, new CrashStatement(operation.Position)),
        "read" => throw new InputError(operation.Position, "read(2) fills registers; expected 'r0 = read(f[page])'"),
        _ => null,
    };

    private Statement Alone(Token operation, Statement statement) => reader.At(TokenKind.LeftParen)
        ? throw new InputError(reader.Current.Position, $"{operation.Text} is about no file or mapping; expected the end of the cell, found '('")
        : statement;

    private ForkStatement ParseFork(ThreadBuilder thread, SourcePosition start)
    {
        reader.Expect(TokenKind.LeftParen);
        Token name = reader.Expect(TokenKind.Name, "the name of a thread");
        int forked = scope.FindThread(name);
        reader.Expect(TokenKind.RightParen);
        thread.Fork(forked, name.Position);
        return new ForkStatement(forked, start);
    }

    /// <summary>Parses what begins with a register: a load or a read.</summary>
    private Statement ParseRegisters(ThreadBuilder thread, SourcePosition start)
    {
        List<int> registers = [ParseRegister(null)];
        while (reader.TryTake(TokenKind.Comma))
        {
            registers.Add(ParseRegister(registers[^1] + 1));
        }

        reader.Expect(TokenKind.Equal);
        Token source = reader.Current;
        RejectUnmodelled(source);
        if (reader.TryTakeWord("read"))
        {
            return ParseRead(thread, registers, start);
        }

        Token name = reader.Expect(TokenKind.Name, "'A[page]' or 'read(f[page])'");
        if (Vocabulary.OperationNames.Contains(name.Text))
        {
            throw new InputError(name.Position, $"{name.Text} gives no value; expected 'A[page]' or 'read(f[page])'");
        }

        if (reader.At(TokenKind.LeftParen))
        {
            throw UnknownOperation(name);
        }

        Place place = arguments.ParseWordOf(thread, arguments.UseMap(thread, name, writer: null), defaultWord: 0);
        if (registers.Count > 1)
        {
            throw new InputError(start, "a load fills one register; expected 'r0 = A[page]'");
        }

        thread.Use(registers);
        return new LoadStatement(registers[0], place, start);
    }

    private int ParseRegister(int? consecutive)
    {
        Token token = reader.Expect(TokenKind.Name, "a register");
        if (!Vocabulary.TryRegister(token.Text, out int register))
        {
            throw new InputError(token.Position, $"expected a register, r0..r{Vocabulary.MaxRegister}, found {token.Describe()}");
        }

        if (consecutive is { } next && register != next)
        {
            throw new InputError(token.Position, $"a page is read into consecutive registers; expected 'r{next}', found {token.Describe()}");
        }

        return register;
    }

    private ReadStatement ParseRead(ThreadBuilder thread, List<int> registers, SourcePosition start)
    {
        reader.Expect(TokenKind.LeftParen);
        Place place = arguments.ParseFilePlace(thread);
        if (reader.TryTake(TokenKind.Comma))
        {
            RejectUnmodelled(reader.Current);
            throw reader.Unexpected("')'");
        }

        reader.Expect(TokenKind.RightParen);
        int words = place.Word == Place.WholePage ? Vocabulary.MaxWordsPerPage : 1;
        if (registers.Count > words)
        {
            string what = words == 1 ? "a word" : "a page";
            throw new InputError(start, $"{what} does not fill {registers.Count} registers; expected at most {words}");
        }

        thread.Use(registers);
        return new ReadStatement(registers[0], registers.Count, place, start);
    }

    private StoreStatement ParseStore(ThreadBuilder thread, Token name)
    {
        if (reader.At(TokenKind.LeftParen))
        {
            throw UnknownOperation(name);
        }

        if (!reader.At(TokenKind.LeftBracket) && !scope.IsDeclared(name.Text))
        {
            throw NoInstruction(name);
        }

        Place place = arguments.ParseWordOf(thread, arguments.UseMap(thread, name, writer: "a store"), defaultWord: 0);
        reader.Expect(TokenKind.Equal);
        return new StoreStatement(place, arguments.ParseOperand(thread), name.Position);
    }

    /// <summary>The error at a word that starts no instruction. A misspelt 'exists' ends the program all the same.</summary>
    private InputError NoInstruction(Token name)
    {
        string? nearest = NearestName.Find(name.Text, [.. Vocabulary.ConditionStarts, .. Vocabulary.OperationNames, .. scope.MapNames]);
        string hint = nearest is null ? "" : $"; did you mean '{nearest}'?";
        return new InputError(name.Position, $"expected an instruction or a condition, found {name.Describe()}{hint}")
        {
            IsFatal = Vocabulary.ConditionStarts.Contains(nearest),
        };
    }

    private static void RejectUnmodelled(Token word)
    {
        if (word.Kind == TokenKind.Name && Vocabulary.UnmodelledOperations.Contains(word.Text))
        {
            string instead = word.Text == "O_DIRECT" ? "; did you mean 'read_direct'?" : "";
            throw new InputError(word.Position, $"{word.Text} is not modelled yet; the operations are: {Vocabulary.Operations}{instead}");
        }
    }

    private static InputError UnknownOperation(Token name)
    {
        string hint = NearestName.Hint(name.Text, [.. Vocabulary.OperationNames, .. Vocabulary.UnmodelledOperations]);
        return new InputError(name.Position, $"unknown operation {name.Describe()}; the operations are: {Vocabulary.Operations}{hint}");
    }
}
