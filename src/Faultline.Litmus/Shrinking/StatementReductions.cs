using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Shrinking;

/// <summary>Statements that are smaller than a statement: loops with fewer passes, shorter ranges, fewer words, smaller values.</summary>
internal static class StatementReductions
{
    /// <summary>Each loop taken away from around its body, or with fewer passes.</summary>
    public static IEnumerable<LitmusTest> OfLoops(LitmusTest test) =>
        from loop in test.Statements.OfType<RepeatStatement>()
        from smaller in Smaller(loop)
        select Replace(test, s => s.Position == loop.Position ? smaller : null);

    /// <summary>Each instruction made smaller.</summary>
    public static IEnumerable<LitmusTest> OfInstructions(LitmusTest test) =>
        from statement in test.Statements
        from smaller in Smaller(statement)
        select Replace(test, s => s.Position == statement.Position ? [smaller] : null);

    /// <summary>A test with some of its statements replaced.</summary>
    /// <param name="test">The test.</param>
    /// <param name="replacement">What stands for a statement; null: itself. Loops without a body go.</param>
    public static LitmusTest Replace(LitmusTest test, Func<Statement, IReadOnlyList<Statement>?> replacement) => test with
    {
        Threads = [.. test.Threads.Select(t => t with { Body = Replace(t.Body, replacement) })],
    };

    /// <summary>1 and 2, as far as they are smaller: a value that a reader takes for one, unlike 0, which a hole has, too.</summary>
    public static IEnumerable<int> SmallerValues(int value) => Enumerable.Range(1, value < 0 ? 2 : Math.Clamp(value - 1, 0, 2));

    private static List<Statement> Replace(IEnumerable<Statement> body, Func<Statement, IReadOnlyList<Statement>?> replacement) =>
        [.. body.SelectMany(s => replacement(s) ?? (s is RepeatStatement loop ? Kept(loop with { Body = Replace(loop.Body, replacement) }) : [s]))];

    private static IReadOnlyList<Statement> Kept(RepeatStatement loop) => loop.Body.Count > 0 ? [loop] : [];

    private static IEnumerable<IReadOnlyList<Statement>> Smaller(RepeatStatement loop)
    {
        yield return [.. loop.Body.Select(s => FirstPass(s, loop.Variable))];
        if (loop.Count > 3)
        {
            yield return [loop with { Count = loop.Count / 2 }];
        }

        if (loop.Count > 1)
        {
            yield return [loop with { Count = loop.Count - 1 }];
        }
    }

    private static IEnumerable<Statement> Smaller(Statement statement) => statement switch
    {
        LoadStatement it => SmallerPlaces(it.Source).Select(p => it with { Source = p }),
        ClwbStatement it => SmallerPlaces(it.Target).Select(p => it with { Target = p }),
        ReadStatement { RegisterCount: > 1 } it => [it with { Source = it.Source with { Word = 0 }, RegisterCount = 1 }],
        ReadStatement it => SmallerPlaces(it.Source).Select(p => it with { Source = p }),
        StoreStatement it =>
        [
            .. SmallerPlaces(it.Target).Select(p => it with { Target = p }), .. SmallerOperands(it.Value).Select(v => it with { Value = v }),
        ],
        WriteStatement it =>
        [
            .. SmallerPlaces(it.Target).Select(p => it with { Target = p }), .. SmallerOperands(it.Value).Select(v => it with { Value = v }),
        ],
        DirectReadStatement it =>
        [
            .. SmallerPlaces(it.Target).Select(p => it with { Target = p }), .. SmallerValues(it.Value).Select(v => it with { Value = v }),
        ],
        TruncateStatement it => Enumerable.Range(0, Math.Min(it.Size, 2)).Select(v => it with { Size = v }),
        FallocateStatement it => SmallerRanges(it.Pages).Select(p => it with { Pages = p }),
        ReflinkStatement it => SmallerRanges(it.SourcePages).Zip(
            SmallerRanges(it.TargetPages), (source, target) => it with { SourcePages = source, TargetPages = target }),
        _ => [],
    };

    private static IEnumerable<Place> SmallerPlaces(Place place) => place.Word > 0 ? [place with { Word = 0 }] : [];

    private static IEnumerable<Operand> SmallerOperands(Operand operand) =>
        operand.Register is null ? SmallerValues(operand.Value).Select(v => new Operand(v, null)) : [new Operand(1, null)];

    private static IEnumerable<PageRange> SmallerRanges(PageRange range) => range.Count == 1
        ? []
        : [range with { Count = range.Count - 1 }, new PageRange(new PageIndex(range.First.Number + 1, null), range.Count - 1)];

    // The loop's variable is 0 in the first pass.
    private static Statement FirstPass(Statement statement, string? variable)
    {
        PageIndex Page(PageIndex page) => page.Variable is not null && page.Variable == variable ? new PageIndex(0, null) : page;
        Place At(Place place) => place with { Page = Page(place.Page) };
        PageRange Range(PageRange range) => range with { First = Page(range.First) };
        return statement switch
        {
            RepeatStatement it => it with { Body = [.. it.Body.Select(s => FirstPass(s, variable))] },
            LoadStatement it => it with { Source = At(it.Source) },
            StoreStatement it => it with { Target = At(it.Target) },
            ReadStatement it => it with { Source = At(it.Source) },
            WriteStatement it => it with { Target = At(it.Target) },
            DirectReadStatement it => it with { Target = At(it.Target) },
            ClwbStatement it => it with { Target = At(it.Target) },
            DontNeedStatement it => it with { Page = it.Page is { } page ? Page(page) : null },
            HwPoisonStatement it => it with { Page = Page(it.Page) },
            FallocateStatement it => it with { Pages = Range(it.Pages) },
            ReflinkStatement it => it with { SourcePages = Range(it.SourcePages), TargetPages = Range(it.TargetPages) },
            _ => statement,
        };
    }
}
