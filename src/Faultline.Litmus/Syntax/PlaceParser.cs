namespace Faultline.Litmus.Syntax;

/// <summary>A loop around the statement at hand.</summary>
/// <param name="Variable">Its variable, or null.</param>
/// <param name="Count">How often it runs.</param>
internal readonly record struct Loop(string? Variable, int Count);

/// <summary>Parses <c>[page]</c> and <c>[page].word</c>, which follow the name of a file or mapping.</summary>
internal sealed class PlaceParser(TokenReader reader, Scope scope)
{
    /// <summary>Parses a word; without <c>.word</c>, it is <paramref name="defaultWord"/>.</summary>
    public Place ParseWord(Scope.Symbol symbol, IReadOnlyList<Loop> loops, int defaultWord)
    {
        PageIndex page = ParsePage(symbol, loops);
        int word = reader.TryTake(TokenKind.Dot) ? ParseWordNumber() : defaultWord;
        return new Place(symbol.Index, page, word);
    }

    public PageIndex ParsePage(Scope.Symbol symbol, IReadOnlyList<Loop> loops)
    {
        reader.Expect(TokenKind.LeftBracket, $"'[page]' after {Token.Clip(scope.NameOf(symbol))}");
        SourcePosition position = reader.Current.Position;
        (PageIndex page, int last) = reader.At(TokenKind.Name) ? ParseVariable(loops) : ParseNumber(loops);
        int pages = scope.PagesOf(symbol);
        if (last >= pages)
        {
            string reach = page.Variable is null ? $"page {last} is" : $"{page.Variable} reaches page {last},";
            throw new InputError(position, $"{reach} out of range; expected 0..{pages - 1}, the pages of {Token.Clip(scope.NameOf(symbol))}");
        }

        reader.Expect(TokenKind.RightBracket);
        return page;
    }

    private (PageIndex Page, int Last) ParseNumber(IReadOnlyList<Loop> loops)
    {
        bool anyVariable = loops.Any(l => l.Variable is not null);
        int number = reader.ExpectInt(anyVariable ? "a page number or a loop variable" : "a page number", minimum: 0);
        return (new PageIndex(number, null), number);
    }

    private (PageIndex Page, int Last) ParseVariable(IReadOnlyList<Loop> loops)
    {
        string name = reader.Current.Text;
        foreach (Loop loop in loops)
        {
            if (loop.Variable == name)
            {
                reader.Take();
                return (new PageIndex(0, name), loop.Count - 1);
            }
        }

        string[] variables = [.. loops.Select(l => l.Variable).OfType<string>()];
        string expected = variables.Length == 0 ? "a page number" : $"a page number or a loop variable ({Vocabulary.List(variables)})";
        throw reader.Unexpected(expected, NearestName.Hint(name, variables));
    }

    private int ParseWordNumber()
    {
        SourcePosition position = reader.Current.Position;
        int word = reader.ExpectInt("the number of a word", minimum: 0);
        return word < Vocabulary.MaxWordsPerPage
            ? word
            : throw new InputError(position, $"word {word} is out of range; expected 0..{Vocabulary.MaxWordsPerPage - 1}, the words of a page");
    }
}
