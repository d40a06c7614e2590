namespace Faultline.Litmus.Syntax;

/// <summary>Parses one instruction: a cell of the program.</summary>
internal sealed class StatementParser(TokenReader reader, Scope scope)
{
    private const string OperandExpected = "a value or a register (r0..r99)";

    private readonly PlaceParser places = new(reader, scope);

    public Statement Parse(ThreadBuilder thread)
    {
        Token first = reader.Current;
        if (first.Kind != TokenKind.Name)
        {
            throw reader.Unexpected("an instruction");
        }

        RejectUnmodelled(first);
        if (reader.TryTakeWord("write"))
        {
            return ParseWrite(thread, first.Position);
        }

        if (reader.TryTakeWord("madvise"))
        {
            return ParseMadvise(thread, first.Position);
        }

        if (Vocabulary.IsNumbered(first.Text, 'r'))
        {
            return ParseRegisters(thread, first.Position);
        }

        return ParseStore(thread, reader.Take());
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
        if (reader.At(TokenKind.LeftParen))
        {
            throw UnknownOperation(name);
        }

        Place place = places.ParseWord(new Scope.Symbol(true, scope.FindMap(name)), thread.Loops, defaultWord: 0);
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
        Place place = ParseFilePlace(thread);
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

    private WriteStatement ParseWrite(ThreadBuilder thread, SourcePosition start)
    {
        reader.Expect(TokenKind.LeftParen);
        Place place = ParseFilePlace(thread);
        reader.Expect(TokenKind.Comma);
        Operand value = ParseOperand(thread);
        reader.Expect(TokenKind.RightParen);
        return new WriteStatement(place, value, start);
    }

    private Place ParseFilePlace(ThreadBuilder thread)
    {
        int file = scope.FindFile(reader.Expect(TokenKind.Name, "the name of a file"));
        return places.ParseWord(new Scope.Symbol(false, file), thread.Loops, Place.WholePage);
    }

    private DontNeedStatement ParseMadvise(ThreadBuilder thread, SourcePosition start)
    {
        reader.Expect(TokenKind.LeftParen);
        int map = scope.FindMap(reader.Expect(TokenKind.Name, "the name of a mapping"));
        PageIndex? page = reader.At(TokenKind.LeftBracket) ? places.ParsePage(new Scope.Symbol(true, map), thread.Loops) : null;
        reader.Expect(TokenKind.Comma);
        if (!reader.TryTakeWord("DONTNEED"))
        {
            throw reader.Unexpected("'DONTNEED', the only advice that is modelled");
        }

        reader.Expect(TokenKind.RightParen);
        return new DontNeedStatement(map, page, start);
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

        int map = scope.FindMap(name);
        Place place = places.ParseWord(new Scope.Symbol(true, map), thread.Loops, defaultWord: 0);
        reader.Expect(TokenKind.Equal);
        if (!scope.Maps[map].IsWritable)
        {
            throw new InputError(name.Position, $"{Token.Clip(name.Text)} is mapped read-only; expected a mapping with 'rw' for a store");
        }

        return new StoreStatement(place, ParseOperand(thread), name.Position);
    }

    private Operand ParseOperand(ThreadBuilder thread)
    {
        Token token = reader.Current;
        if (token.Kind != TokenKind.Name)
        {
            return new Operand(reader.ExpectInt(OperandExpected, int.MinValue), null);
        }

        if (!Vocabulary.TryRegister(token.Text, out int register))
        {
            string why = thread.Loops.Any(l => l.Variable == token.Text) ? ": a loop variable can only be a page" : "";
            throw reader.Unexpected(OperandExpected, why);
        }

        reader.Take();
        thread.Use([register]);
        return new Operand(0, register);
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
            throw new InputError(
                word.Position, $"{word.Text} is not modelled yet; the operations are: {string.Join(", ", Vocabulary.Operations)}");
        }
    }

    private static InputError UnknownOperation(Token name)
    {
        string hint = NearestName.Hint(name.Text, [.. Vocabulary.OperationNames, .. Vocabulary.UnmodelledOperations]);
        return new InputError(
            name.Position, $"unknown operation {name.Describe()}; the operations are: {string.Join(", ", Vocabulary.Operations)}{hint}");
    }
}
