using Faultline.Engine;
using Faultline.Engine.Coroutines;
using Faultline.Engine.Search;
using Faultline.Engine.State;
using Faultline.Engine.Sync;
using Faultline.Kernel.Programs;

namespace Faultline.Kernel.Checks;

/// <summary>
/// What a program may do if every load, store and word of a system call is one step on plain arrays: no pages, no faults, no TLBs.
/// The model's outcomes must be among its outcomes. Deliberate slack, and no more: page-sized reads and writes go word by word; a
/// private store's copy of its page is a word-by-word snapshot taken at any time within that store, and is there before the store.
/// </summary>
public sealed class AtomicReference : Model
{
    private readonly UserProgram program;
    private readonly Layout layout = new();
    private readonly int[] firstFilePage;
    private readonly int[] firstMappedPage;
    private readonly int[] firstRegister;
    private readonly int fileWords;
    private readonly int copies;
    private readonly int copyWords;
    private readonly int scratch;
    private readonly int registers;

    private AtomicReference(UserProgram program)
    {
        this.program = program;
        firstFilePage = Prefix(program.Files.Select(f => f.Pages.Count));
        firstMappedPage = Prefix(program.Maps.Select(m => program.Files[m.File].Pages.Count));
        firstRegister = Prefix(program.Threads.Select(t => t.Registers.Count));
        fileWords = layout.Add("file", firstFilePage[^1] * program.WordsPerPage, WordKind.Visible);
        copies = layout.Add("copied", firstMappedPage[^1], WordKind.Visible);
        copyWords = layout.Add("copy", firstMappedPage[^1] * program.WordsPerPage, WordKind.Visible);
        scratch = layout.Add("scratch", program.Threads.Count * program.WordsPerPage, WordKind.Private);
        registers = layout.Add("register", firstRegister[^1], WordKind.Private);
    }

    /// <inheritdoc/>
    public override Layout Layout => layout;

    /// <inheritdoc/>
    public override int Threads => program.Threads.Count;

    private static AtomicReference Current => (AtomicReference)Execution.Current.Model;

    /// <summary>All outcomes of a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="limits">Bounds; a search that meets one gives null.</param>
    public static OutcomeSet? Explore(UserProgram program, SearchLimits limits)
    {
        var model = new AtomicReference(program);
        var outcomes = new OutcomeSet();
        SearchResult result = ExhaustiveSearch.Run(model, new Collector(model, outcomes), limits);
        return result.Complete ? outcomes : null;
    }

    /// <inheritdoc/>
    public override void Initialise(Execution execution)
    {
        int at = fileWords;
        foreach (FilePage page in program.Files.SelectMany(f => f.Pages))
        {
            for (int word = 0; word < program.WordsPerPage; word++, at++)
            {
                execution.Word(at) = page.Backing == PageBacking.Block && page.Words.Count > 0
                    ? page.Words[Math.Min(word, page.Words.Count - 1)]
                    : 0;
            }
        }
    }

    /// <inheritdoc/>
    public override Call Start(int thread) => Body(thread);

    private static async Call Body(int thread)
    {
        for (int pc = 0; pc < Current.program.Threads[thread].Code.Count; pc++)
        {
            Instruction i = Current.program.Threads[thread].Code[pc];
            switch (i.Opcode)
            {
                case Opcode.Load:
                    await Load(thread, i);
                    break;
                case Opcode.Store when Current.program.Maps[i.Object].Shared:
                    await Current.FileWord(Current.program.Maps[i.Object].File, i.Page, i.Word).Write(Current.Operand(thread, i));
                    break;
                case Opcode.Store:
                    await PrivateStore(thread, i);
                    break;
                case Opcode.DontNeed:
                    await DontNeed(i);
                    break;
                default:
                    await ReadOrWrite(thread, i);
                    break;
            }
        }
    }

    private static async Call Load(int thread, Instruction i)
    {
        await new AccessStep(Current.Copied(i.Object, i.Page).Index);
        Current.Register(thread, i.Register).Raw = Current.MapWord(i.Object, i.Page, i.Word);
    }

    private static async Call PrivateStore(int thread, Instruction i)
    {
        for (;;)
        {
            await new AccessStep(Current.Copied(i.Object, i.Page).Index);
            if (Current.Copied(i.Object, i.Page).Raw != 0)
            {
                Current.CopyWord(i.Object, i.Page, i.Word).Raw = Current.Operand(thread, i);
                return;
            }

            for (int word = 0; word < Current.program.WordsPerPage; word++)
            {
                int value = await Current.FileWord(Current.program.Maps[i.Object].File, i.Page, word).ReadOnce();
                Current.Scratch(thread, word).Raw = value;
            }

            await new AccessStep(Current.Copied(i.Object, i.Page).Index);
            Current.InstallCopy(thread, i);
        }
    }

    private static async Call DontNeed(Instruction i)
    {
        int pages = Current.firstMappedPage[i.Object + 1] - Current.firstMappedPage[i.Object];
        int first = Math.Max(i.Page, 0), end = i.Page < 0 ? pages : i.Page + 1;
        for (int page = first; page < end; page++)
        {
            await new AccessStep(Current.Copied(i.Object, page).Index);
            Current.Copied(i.Object, page).Raw = 0;
            for (int word = 0; word < Current.program.WordsPerPage; word++)
            {
                Current.CopyWord(i.Object, page, word).Raw = 0;
            }
        }
    }

    private static async Call ReadOrWrite(int thread, Instruction i)
    {
        int first = Math.Max(i.Word, 0), end = i.Word < 0 ? Current.program.WordsPerPage : i.Word + 1;
        for (int word = first; word < end; word++)
        {
            if (i.Opcode == Opcode.Write)
            {
                await Current.FileWord(i.Object, i.Page, word).Write(Current.Operand(thread, i));
                continue;
            }

            int value = await Current.FileWord(i.Object, i.Page, word).ReadOnce();
            if (word - first < i.RegisterCount)
            {
                Current.Register(thread, i.Register + word - first).Raw = value;
            }
        }
    }

    private void InstallCopy(int thread, Instruction i)
    {
        for (int word = 0; word < program.WordsPerPage; word++)
        {
            if (Copied(i.Object, i.Page).Raw == 0)
            {
                CopyWord(i.Object, i.Page, word).Raw = Scratch(thread, word).Raw;
            }

            Scratch(thread, word).Raw = 0;
        }

        Copied(i.Object, i.Page).Raw = 1;
    }

    private static int[] Prefix(IEnumerable<int> counts) =>
        [.. counts.Aggregate(new List<int> { 0 }, (sums, count) => [.. sums, sums[^1] + count])];

    private Word<int> FileWord(int file, int page, int word) =>
        new(fileWords + ((firstFilePage[file] + page) * program.WordsPerPage) + word);

    private Word<int> Copied(int map, int page) => new(copies + firstMappedPage[map] + page);

    private Word<int> CopyWord(int map, int page, int word) =>
        new(copyWords + ((firstMappedPage[map] + page) * program.WordsPerPage) + word);

    private Word<int> Scratch(int thread, int word) => new(scratch + (thread * program.WordsPerPage) + word);

    private Word<int> Register(int thread, int register) => new(registers + firstRegister[thread] + register);

    private int Operand(int thread, Instruction i) => i.Register < 0 ? i.Value : Register(thread, i.Register).Raw;

    private int MapWord(int map, int page, int word) =>
        Copied(map, page).Raw != 0 ? CopyWord(map, page, word).Raw : FileWord(program.Maps[map].File, page, word).Raw;

    // The values of Outcome.Of(), in its order.
    private Outcome OutcomeNow(Execution execution)
    {
        var values = new List<int>(new int[program.Threads.Count]); // no signals
        for (int r = 0; r < firstRegister[^1]; r++)
        {
            values.Add(execution.Word(registers + r));
        }

        for (int w = 0; w < firstFilePage[^1] * program.WordsPerPage; w++)
        {
            values.Add(execution.Word(fileWords + w));
        }

        for (int map = 0; map < program.Maps.Count; map++)
        {
            for (int page = 0; page < firstMappedPage[map + 1] - firstMappedPage[map]; page++)
            {
                for (int word = 0; word < program.WordsPerPage; word++)
                {
                    values.Add(MapWord(map, page, word));
                }
            }
        }

        return new Outcome([.. values]);
    }

    private sealed class Collector(AtomicReference model, OutcomeSet outcomes) : ISearchObserver
    {
        public void EndState(Execution execution, bool stuck) => outcomes.Add(model.OutcomeNow(execution));

        public void Progress(SearchProgress progress)
        {
        }
    }
}
