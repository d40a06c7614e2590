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
        PageIndex page = ParseIndex(symbol, loops);
        reader.Expect(TokenKind.RightBracket);
        return page;
    }

    /// <summary>Parses <c>[page]</c> or <c>[first..last]</c>.</summary>
    public PageRange ParseRange(Scope.Symbol symbol, IReadOnlyList<Loop> loops)
    {
        reader.Expect(TokenKind.LeftBracket, $"'[page]' or '[first..last]' after {Token.Clip(scope.NameOf(symbol))}");
        SourcePosition position = reader.Current.Position;
        PageIndex first = ParseIndex(symbol, loops);
        int count = 1;
        string end = "'..' or ']'";
        if (reader.At(TokenKind.Range))
        {
            if (first.Variable is { } variable)
            {
                throw new InputError(position, $"a range is between numbers; expected a page number before '..', found '{variable}'");
            }

            reader.Take();
            count = ParseLast(symbol, first.Number) - first.Number + 1;
            end = "']'";
        }

        reader.Expect(TokenKind.RightBracket, end);
        return new PageRange(first, count);
    }

    private int ParseLast(Scope.Symbol symbol, int first)
    {
        SourcePosition position = reader.Current.Position;
        int last = reader.ExpectInt("the last page of the range", minimum: 0);
        int pages = scope.PagesOf(symbol);
        return last >= first && last < pages
            ? last
            : throw new InputError(
                position, $"page {last} cannot end the range; expected {first}..{pages - 1}, pages of {Token.Clip(scope.NameOf(symbol))}");
    }

    private PageIndex ParseIndex(Scope.Symbol symbol, IReadOnlyList<Loop> loops)
    {
        SourcePosition position = reader.Current.Position;
        (PageIndex page, int last) = reader.At(TokenKind.Name) ? ParseVariable(loops) : ParseNumber(loops);
        int pages = scope.PagesOf(symbol);
        if (last >= pages)
        {
            string reach = page.Variable is null ? $"page {last} is" : $"{page.Variable} reaches page {last},";
            throw new InputError(position, $"{reach} out of range; expected 0..{pages - 1}, the pages of {Token.Clip(scope.NameOf(symbol))}");
        }

        CheckMapped(symbol, page.Variable is null ? last : 0, last, position);
        return page;
    }

    /// <summary>A mapping may have only some of its file's pages.</summary>
    private void CheckMapped(Scope.Symbol symbol, int first, int last, SourcePosition position)
    {
        if (!symbol.IsMap || scope.Maps[symbol.Index] is not { MappedPages: > 0 } map)
        {
            return;
        }

        int end = map.FirstPage + map.MappedPages - 1;
        if (first < map.FirstPage || last > end)
        {
            int wrong = last > end ? last : first;
            throw new InputError(position, $"page {wrong} is not mapped by {Token.Clip(map.Name)}; expected {map.FirstPage}..{end}");
        }
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
