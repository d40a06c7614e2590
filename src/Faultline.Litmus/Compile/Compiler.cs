using Faultline.Kernel.Programs;
using Faultline.Litmus.Conditions;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Compile;

/// <summary>Compiles a litmus test to a user program: checks the limits, then lays out pages and unrolls loops.</summary>
public static class Compiler
{
    /// <summary>Compiles a test.</summary>
    /// <param name="test">The test.</param>
    /// <param name="limits">How large the program may be.</param>
    public static CompileResult Compile(LitmusTest test, CompileLimits limits)
    {
        ArgumentNullException.ThrowIfNull(test);
        ArgumentNullException.ThrowIfNull(limits);
        DiagnosticList diagnostics = new(test.Path);
        foreach (InputError error in Excesses(test, limits).Take(DiagnosticList.Limit))
        {
            diagnostics.AddLast(error);
        }

        return new CompileResult(diagnostics.Count == 0 ? Build(test) : null, diagnostics.ToSortedList());
    }

    private static IEnumerable<InputError> Excesses(LitmusTest test, CompileLimits limits)
    {
        foreach (FileDeclaration file in test.Files.Where(f => f.PageCount > limits.MaxPagesPerFile))
        {
            yield return new InputError(
                file.Position, $"{Token.Clip(file.Name)} has {file.PageCount} pages; the limit is {limits.MaxPagesPerFile} pages per file");
        }

        if (MappedPagesExcess(test, limits.MaxPagesTotal) is { } excess)
        {
            yield return excess;
        }

        if (test.Threads.Count > limits.MaxThreads)
        {
            yield return new InputError(
                test.Threads[limits.MaxThreads].Position, $"there are {test.Threads.Count} threads; the limit is {limits.MaxThreads}");
        }

        foreach (InputError? error in test.Threads.Select(t => Excess(t, limits.MaxInstructionsPerThread)))
        {
            if (error is not null)
            {
                yield return error;
            }
        }
    }

    /// <summary>The error at the mapping, or the fork that copies mappings, which exceeds the limit of mapped pages, or null.</summary>
    private static InputError? MappedPagesExcess(LitmusTest test, int limit)
    {
        long mapped = 0;
        foreach (MapDeclaration map in test.Maps)
        {
            mapped += test.Files[map.File].PageCount;
            if (mapped > limit)
            {
                return TooManyPages(map.Position, Token.Clip(map.Name), mapped, limit);
            }
        }

        ForkTree tree = ForkTree.Of(test.Threads);
        Dictionary<int, string> processes = test.Processes.SelectMany(p => p.Threads.Select(t => (t, p.Name))).ToDictionary();
        Dictionary<string, long> pages = test.Maps.GroupBy(m => m.Process).ToDictionary(g => g.Key, g => g.Sum(m => (long)test.Files[m.File].PageCount));
        foreach (ForkStatement fork in test.Statements.OfType<ForkStatement>())
        {
            mapped += pages.GetValueOrDefault(processes.GetValueOrDefault(tree.RootOf(fork.Thread), Vocabulary.Main));
            if (mapped > limit)
            {
                return TooManyPages(fork.Position, $"the copy for P{fork.Thread}", mapped, limit);
            }
        }

        return null;
    }

    private static InputError TooManyPages(SourcePosition position, string what, long mapped, int limit) =>
        new(position, $"{what} brings the mapped pages to {mapped}; the limit is {limit} in all");

    /// <summary>The error at the statement of a thread that exceeds the limit of instructions, or null.</summary>
    private static InputError? Excess(ThreadDeclaration thread, int limit)
    {
        long length = 0;
        foreach (Statement statement in thread.Body)
        {
            length += UnrolledLength(statement);
            if (length > limit)
            {
                return new InputError(
                    statement.Position, $"{thread.Name} has more than {limit} instructions here, loops unrolled; the limit is {limit} per thread");
            }
        }

        return null;
    }

    /// <summary>The number of instructions of a statement, but no more than an int holds.</summary>
    private static long UnrolledLength(Statement statement) =>
        statement is RepeatStatement loop ? Math.Min(loop.Count * UnrolledLength(loop.Body), int.MaxValue) : 1;

    private static long UnrolledLength(IReadOnlyList<Statement> body) => Math.Min(body.Sum(UnrolledLength), int.MaxValue);

    private static UserProgram Build(LitmusTest test)
    {
        ProcessLayout layout = new(test);
        return new UserProgram(
            test.Name,
            [.. test.Files.Select(f => new FileSpec(f.Name, Pages(f)))],
            layout.Maps,
            [.. test.Threads.Select((t, index) => new ThreadUnroller(t, index, layout).Unroll())],
            WordsPerPage(test))
        {
            Processes = layout.Processes,
            HugePagePages = test.HugePagePages,
            MountedReadOnly = test.IsMountedReadOnly,
        };
    }

    /// <summary>Equal pages share one object.</summary>
    private static FilePage[] Pages(FileDeclaration file)
    {
        FilePage[] pages = new FilePage[file.PageCount];
        int next = 0;
        foreach (PageRun run in file.Runs)
        {
            Array.Fill(pages, run.Page, next, run.Count);
            next += run.Count;
        }

        return pages;
    }

    /// <summary>Two words when the test tells them apart anywhere, else one.</summary>
    public static int WordsPerPage(LitmusTest test)
    {
        bool two = test.Files.Any(f => f.Runs.Any(r => r.Page.Words.Count > 1))
            || test.Statements.Any(NamesSecondWord)
            || test.Observables.Any(o => o is MapWord { Word: > 0 } or FileWord { Word: > 0 } or DurableWord { Word: > 0 });
        return two ? 2 : 1;
    }

    private static bool NamesSecondWord(Statement statement) => statement switch
    {
        LoadStatement load => load.Source.Word > 0,
        StoreStatement store => store.Target.Word > 0,
        ReadStatement read => read.Source.Word > 0 || read.RegisterCount > 1,
        WriteStatement write => write.Target.Word > 0,
        DirectReadStatement read => read.Target.Word > 0,
        ClwbStatement clwb => clwb.Target.Word > 0,
        _ => false,
    };
}
