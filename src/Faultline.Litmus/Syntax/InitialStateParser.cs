using Faultline.Kernel.Programs;

namespace Faultline.Litmus.Syntax;

/// <summary>Parses <c>{ file ...; map ...; }</c>.</summary>
internal sealed class InitialStateParser(TokenReader reader, Scope scope, DiagnosticList diagnostics)
{
    private const string PageExpected = "'hole', 'unwritten' or 'block VALUE'";

    public void Parse()
    {
        reader.Expect(TokenKind.LeftBrace);
        while (!reader.TryTake(TokenKind.RightBrace))
        {
            string? declared = null;
            try
            {
                ParseDeclaration(ref declared);
            }
            catch (InputError error) when (!error.IsFatal)
            {
                diagnostics.Add(error);
                scope.AddFailed(declared ?? "");
                reader.SkipTo(TokenKind.Semicolon, TokenKind.RightBrace);
                reader.TryTake(TokenKind.Semicolon);
            }
        }
    }

    private void ParseDeclaration(ref string? declared)
    {
        Token word = reader.Current;
        if (word.Text is not ("file" or "map"))
        {
            FailAtDeclaration(word);
        }

        reader.Take();
        Token name = reader.Expect(TokenKind.Name, word.Text == "file" ? "the name of the file" : "the name of the mapping");
        scope.CheckFree(name);
        declared = name.Text;
        reader.Expect(TokenKind.Equal);
        if (word.Text == "file")
        {
            FileDeclaration file = ParseFile(name);
            reader.Expect(TokenKind.Semicolon);
            scope.Add(file);
        }
        else
        {
            MapDeclaration map = ParseMap(name);
            reader.Expect(TokenKind.Semicolon);
            scope.Add(map);
        }
    }

    private void FailAtDeclaration(Token word)
    {
        if (word.Kind == TokenKind.Name && Vocabulary.TryThread(word.Text, out _))
        {
            throw new InputError(word.Position, $"the initial state is not closed; expected '}}' before {word.Describe()}") { IsFatal = true };
        }

        throw reader.Unexpected("'file', 'map' or '}'", word.Kind == TokenKind.Name ? NearestName.Hint(word.Text, ["file", "map"]) : "");
    }

    private FileDeclaration ParseFile(Token name)
    {
        reader.Expect(TokenKind.LeftBracket, "'[' and the pages of the file");
        List<PageRun> runs = [];
        long count = 0;
        bool more = true;
        while (more)
        {
            SourcePosition position = reader.Current.Position;
            PageRun run = ParseRun(out more);
            runs.Add(run);
            count += run.Count;
            if (count > int.MaxValue)
            {
                throw new InputError(position, $"the file has too many pages; expected at most {int.MaxValue}");
            }
        }

        reader.Expect(TokenKind.RightBracket, "',' or ']'");
        return new FileDeclaration(name.Text, runs, (int)count, name.Position);
    }

    /// <summary>Parses a page, its count, and the comma that says that there is <paramref name="more"/>.</summary>
    private PageRun ParseRun(out bool more)
    {
        more = false;
        FilePage page;
        if (reader.TryTakeWord("hole"))
        {
            page = new FilePage(PageBacking.Hole, []);
        }
        else if (reader.TryTakeWord("unwritten"))
        {
            page = new FilePage(PageBacking.Unwritten, []);
        }
        else if (reader.TryTakeWord("block"))
        {
            page = new FilePage(PageBacking.Block, ParseWords(out more));
            if (more)
            {
                return new PageRun(1, page);
            }
        }
        else
        {
            throw reader.Unexpected(PageExpected, HintAt("hole", "unwritten", "block"));
        }

        int count = reader.TryTake(TokenKind.Star) ? reader.ExpectInt("the number of pages", minimum: 1) : 1;
        more = reader.TryTake(TokenKind.Comma);
        return new PageRun(count, page);
    }

    /// <summary>Parses the words of a block; the comma after the last word may belong to the list of pages instead.</summary>
    private List<int> ParseWords(out bool nextPage)
    {
        nextPage = false;
        List<int> words = [reader.ExpectInt("the value of the block", int.MinValue)];
        while (reader.TryTake(TokenKind.Comma))
        {
            if (!reader.At(TokenKind.Number) && !reader.At(TokenKind.Minus))
            {
                nextPage = true;
                break;
            }

            if (words.Count == Vocabulary.MaxWordsPerPage)
            {
                throw new InputError(
                    reader.Current.Position, $"a page has {Vocabulary.MaxWordsPerPage} words; expected {PageExpected}, or ']'");
            }

            words.Add(reader.ExpectInt("a value", int.MinValue));
        }

        return words;
    }

    private MapDeclaration ParseMap(Token name)
    {
        if (!reader.TryTakeWord("mmap"))
        {
            throw reader.Unexpected("'mmap(FILE, shared|private, rw|r)'");
        }

        reader.Expect(TokenKind.LeftParen);
        int file = scope.FindFile(reader.Expect(TokenKind.Name, "the name of a file"));
        reader.Expect(TokenKind.Comma);
        bool shared = ParseChoice("shared", "private");
        reader.Expect(TokenKind.Comma);
        bool writable = ParseChoice("rw", "r");
        if (reader.TryTake(TokenKind.Comma))
        {
            RejectUnmodelled();
            throw reader.Unexpected("')'");
        }

        reader.Expect(TokenKind.RightParen);
        return new MapDeclaration(name.Text, file, shared, writable, name.Position);
    }

    /// <summary>Takes one of two words. Returns whether it was the first.</summary>
    private bool ParseChoice(string first, string second)
    {
        RejectUnmodelled();
        bool isFirst = reader.AtWord(first);
        if (!isFirst && !reader.AtWord(second))
        {
            throw reader.Unexpected($"'{first}' or '{second}'", HintAt(first, second));
        }

        reader.Take();
        return isFirst;
    }

    private void RejectUnmodelled()
    {
        Token word = reader.Current;
        if (word.Kind == TokenKind.Name && Vocabulary.UnmodelledMappings.Contains(word.Text))
        {
            throw new InputError(word.Position, $"{word.Text} is not modelled yet; mappings are: shared or private, rw or r");
        }
    }

    private string HintAt(params string[] candidates) =>
        reader.At(TokenKind.Name) ? NearestName.Hint(reader.Current.Text, candidates) : "";
}
