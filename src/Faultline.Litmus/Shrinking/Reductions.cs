using Faultline.Kernel.Programs;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Shrinking;

/// <summary>
/// The tests that are one step smaller than a test, the large steps first: without a thread, without a run of statements (half of them, a
/// quarter, ... one), without a mapping, file, process or page, and then smaller statements and values (<see cref="StatementReductions"/>).
/// Not each is a valid test.
/// </summary>
internal static class Reductions
{
    public static IEnumerable<LitmusTest> Of(LitmusTest test) => ((IEnumerable<LitmusTest?>)
        [
            .. Indices(test.Threads).Select(t => Renumbering.WithoutThread(test, t)),
            .. WithoutRuns(test),
            .. StatementReductions.OfLoops(test),
            .. Indices(test.Files).Select(f => Renumbering.WithoutFile(test, f)),
            .. Indices(test.Maps).Select(m => Renumbering.WithoutMap(test, m)),
            .. Merged(test.Files.Count, (gone, instead) => Renumbering.WithoutFile(test, gone, instead)),
            .. Merged(test.Maps.Count, (gone, instead) => Renumbering.WithoutMap(test, gone, instead)),
            .. test.Processes.Select(p => WithoutProcess(test, p)),
            .. Indices(test.Files).SelectMany(f => Enumerable.Range(0, test.Files[f].PageCount).Reverse()
                .Select(page => Renumbering.WithoutPage(test, f, page))),
            .. WithoutAttributes(test),
            .. StatementReductions.OfInstructions(test),
            .. SmallerContents(test),
        ]).OfType<LitmusTest>();

    private static IEnumerable<int> Indices<T>(IReadOnlyList<T> items) => Enumerable.Range(0, items.Count);

    private static IEnumerable<LitmusTest> WithoutRuns(LitmusTest test)
    {
        List<SourcePosition> all = [.. test.Statements.Select(s => s.Position)];
        for (int length = all.Count / 2; length >= 1; length /= 2)
        {
            for (int first = 0; first < all.Count; first += length)
            {
                HashSet<SourcePosition> gone = [.. all.Skip(first).Take(length)];
                yield return StatementReductions.Replace(test, s => gone.Contains(s.Position) ? [] : null);
            }
        }
    }

    private static IEnumerable<LitmusTest?> Merged(int count, Func<int, int, LitmusTest?> merge) =>
        from gone in Enumerable.Range(0, count)
        from instead in Enumerable.Range(0, count)
        where gone != instead
        select merge(gone, instead);

    private static LitmusTest WithoutProcess(LitmusTest test, ProcessDeclaration process) => test with
    {
        Processes = [.. test.Processes.Where(p => p != process)],
        Maps = [.. test.Maps.Select(m => m.Process == process.Name ? m with { Process = Vocabulary.Main } : m)],
    };

    private static IEnumerable<LitmusTest> WithoutAttributes(LitmusTest test)
    {
        if (test.IsMountedReadOnly)
        {
            yield return test with { IsMountedReadOnly = false };
        }

        foreach (MapDeclaration map in test.Maps)
        {
            if (map.IsSync)
            {
                yield return With(test, map, map with { IsSync = false });
            }

            if (map.MappedPages > 0)
            {
                yield return With(test, map, map with { FirstPage = 0, MappedPages = 0 });
            }

            if (map.Alignment != Alignment.BasePages)
            {
                yield return With(test, map, map with { Alignment = Alignment.BasePages });
            }
        }
    }

    private static LitmusTest With(LitmusTest test, MapDeclaration map, MapDeclaration smaller) =>
        test with { Maps = [.. test.Maps.Select(m => m == map ? smaller : m)] };

    // Pages with fewer words, words with smaller values.
    private static IEnumerable<LitmusTest> SmallerContents(LitmusTest test)
    {
        foreach ((int file, FileDeclaration declaration) in test.Files.Index())
        {
            foreach ((int run, PageRun pages) in declaration.Runs.Index().Where(r => r.Item.Page.Backing == PageBacking.Block))
            {
                foreach (IReadOnlyList<int> words in SmallerWords(pages.Page.Words))
                {
                    PageRun smaller = pages with { Page = new FilePage(PageBacking.Block, words) };
                    FileDeclaration changed = declaration with { Runs = [.. declaration.Runs.Select((r, i) => i == run ? smaller : r)] };
                    yield return test with { Files = [.. test.Files.Select((f, i) => i == file ? changed : f)] };
                }
            }
        }
    }

    private static IEnumerable<IReadOnlyList<int>> SmallerWords(IReadOnlyList<int> words)
    {
        if (words.Count > 1)
        {
            yield return [words[0]];
        }

        for (int i = 0; i < words.Count; i++)
        {
            foreach (int value in StatementReductions.SmallerValues(words[i]))
            {
                int place = i;
                yield return [.. words.Select((w, at) => at == place ? value : w)];
            }
        }
    }
}
