namespace Faultline.Litmus.Syntax;

/// <summary>Parses what operations are about: files, mappings, words and pages of either, values.</summary>
internal sealed class ArgumentParser(TokenReader reader, Scope scope)
{
    private const string OperandExpected = "a value or a register (r0..r99)";

    private readonly PlaceParser places = new(reader, scope);

    public int ParseFile() => scope.FindFile(reader.Expect(TokenKind.Name, "the name of a file"));

    /// <summary>Parses <c>f[page].word</c>, or <c>f[page]</c> for all words of the page.</summary>
    public Place ParseFilePlace(ThreadBuilder thread) =>
        places.ParseWord(Scope.Symbol.File(ParseFile()), thread.Loops, Place.WholePage);

    /// <summary>Parses <c>f[first..last]</c> or <c>f[page]</c>.</summary>
    public (int File, PageRange Pages) ParseFileRange(ThreadBuilder thread)
    {
        int file = ParseFile();
        return (file, places.ParseRange(Scope.Symbol.File(file), thread.Loops));
    }

    /// <summary>Parses the name of a mapping. <paramref name="writer"/> is what needs a writable one.</summary>
    public int ParseMap(ThreadBuilder thread, string? writer = null) =>
        UseMap(thread, reader.Expect(TokenKind.Name, "the name of a mapping"), writer);

    /// <summary>Finds a mapping whose name has been taken.</summary>
    public int UseMap(ThreadBuilder thread, Token name, string? writer)
    {
        int map = scope.FindMap(name);
        thread.UseMap(map, name.Position, writer);
        return map;
    }

    public PageIndex ParsePageOf(ThreadBuilder thread, int map) => places.ParsePage(Scope.Symbol.Map(map), thread.Loops);

    public Place ParseWordOf(ThreadBuilder thread, int map, int defaultWord) =>
        places.ParseWord(Scope.Symbol.Map(map), thread.Loops, defaultWord);

    public Operand ParseOperand(ThreadBuilder thread)
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
}
