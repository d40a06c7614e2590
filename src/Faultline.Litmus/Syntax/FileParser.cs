using Faultline.Kernel.Programs;

namespace Faultline.Litmus.Syntax;

/// <summary>Parses the pages of a file: <c>[block 1,2, hole * 3, unwritten, beyond * 2]</c>.</summary>
internal sealed class FileParser(TokenReader reader)
{
    private const string PageExpected = "'hole', 'unwritten', 'block VALUE' or 'beyond'";

    public FileDeclaration Parse(Token name)
    {
        reader.Expect(TokenKind.LeftBracket, "'[' and the pages of the file");
        List<PageRun> runs = [];
        long count = 0;
        bool more = true;
        while (more)
        {
            SourcePosition position = reader.Current.Position;
            PageRun run = ParseRun(out more);
            if (run.Page.Backing != PageBacking.Beyond && runs.Count > 0 && runs[^1].Page.Backing == PageBacking.Beyond)
            {
                throw new InputError(position, "this page follows one beyond the end of the file; expected 'beyond' or ']'");
            }

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
        FilePage page = ParsePage(out more);
        if (more)
        {
            return new PageRun(1, page);
        }

        int count = reader.TryTake(TokenKind.Star) ? reader.ExpectInt("the number of pages", minimum: 1) : 1;
        more = reader.TryTake(TokenKind.Comma);
        return new PageRun(count, page);
    }

    private FilePage ParsePage(out bool more)
    {
        more = false;
        if (reader.TryTakeWord("hole"))
        {
            return new FilePage(PageBacking.Hole, []);
        }

        if (reader.TryTakeWord("unwritten"))
        {
            return new FilePage(PageBacking.Unwritten, []);
        }

        if (reader.TryTakeWord("block"))
        {
            return new FilePage(PageBacking.Block, ParseWords(out more));
        }

        return reader.TryTakeWord("beyond")
            ? new FilePage(PageBacking.Beyond, [])
            : throw reader.UnexpectedWord(PageExpected, "hole", "unwritten", "block", "beyond");
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
}
