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
/// private store's copy of its page is a word-by-word snapshot taken at any time within that store, and is there before the store;
/// while MADV_DONTNEED drops a private copy, others may still load from and store to the copy that goes (their CPUs may use its
/// translation until the flush).
/// </summary>
public sealed class AtomicReference : Model
{
    private readonly UserProgram program;
    private readonly Layout layout = new();
    private readonly int[] firstFilePage;
    private readonly int[] firstMappedPage;
    private readonly int[] firstRegister;
    private readonly bool drops;
    private readonly int fileWords;
    private readonly int copies;
    private readonly int copyWords;
    private readonly int going;
    private readonly int goingWords;
    private readonly int scratch;
    private readonly int registers;

    private AtomicReference(UserProgram program)
    {
        this.program = program;
        firstFilePage = PrefixSums.Of(program.Files.Select(f => f.Pages.Count));
        firstMappedPage = PrefixSums.OfMappedPages(program);
        firstRegister = PrefixSums.Of(program.Threads.Select(t => t.Registers.Count));
        drops = program.Threads.Any(t => t.Code.Any(i => i.Opcode == Opcode.DontNeed));
        fileWords = layout.Add("file", firstFilePage[^1] * program.WordsPerPage, WordKind.Visible);
        copies = layout.Add("copied", firstMappedPage[^1], WordKind.Visible);
        copyWords = layout.Add("copy", firstMappedPage[^1] * program.WordsPerPage, WordKind.Visible);
        going = layout.Add("going", program.Threads.Count * firstMappedPage[^1], WordKind.Visible);
        goingWords = layout.Add("going copy", program.Threads.Count * firstMappedPage[^1] * program.WordsPerPage, WordKind.Visible);
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
                    await DontNeed(thread, i);
                    break;
                default:
                    await ReadOrWrite(thread, i);
                    break;
            }
        }
    }

    private static async Call Load(int thread, Instruction i)
    {
        int copy = await Current.ChooseCopy(i);
        Word<int> register = Current.Register(thread, i.Register);
        if (copy == 0)
        {
            register.Raw = Current.MapWord(i.Object, i.Page, i.Word);
        }
        else if (Current.Going(copy - 1, i.Object, i.Page).Raw != 0)
        {
            register.Raw = Current.GoingWord(copy - 1, i.Object, i.Page, i.Word).Raw;
        }
        else
        {
            Execution.Current.Prune();
        }
    }

    private static async Call PrivateStore(int thread, Instruction i)
    {
        for (;;)
        {
            int copy = await Current.ChooseCopy(i);
            if (copy > 0)
            {
                if (Current.Going(copy - 1, i.Object, i.Page).Raw == 0)
                {
                    Execution.Current.Prune();
                }

                Word<int> going = Current.GoingWord(copy - 1, i.Object, i.Page, i.Word);
                going.Raw = Current.Operand(thread, i);
                return;
            }

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

    private static async Call DontNeed(int thread, Instruction i)
    {
        int first = Math.Max(i.Page, 0);
        for (int page = first; page < Current.EndPage(i); page++)
        {
            await new AccessStep(Current.Copied(i.Object, page).Index);
            Current.BeginToDrop(thread, i.Object, page);
        }

        await new AccessStep(Current.Going(thread, i.Object, first).Index);
        for (int page = first; page < Current.EndPage(i); page++)
        {
            Current.Drop(thread, i.Object, page);
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

    // 0: what the page is now; above: the copy that this thread (minus one) is about to drop.
    private AccessStep ChooseCopy(Instruction i) => new(Copied(i.Object, i.Page).Index, drops ? 1 + program.Threads.Count : 1);

    private int EndPage(Instruction i) =>
        i.Page < 0 ? firstMappedPage[i.Object + 1] - firstMappedPage[i.Object] : i.Page + 1;

    private void BeginToDrop(int thread, int map, int page)
    {
        Move(Copied(map, page), Going(thread, map, page));
        for (int word = 0; word < program.WordsPerPage; word++)
        {
            Move(CopyWord(map, page, word), GoingWord(thread, map, page, word));
        }
    }

    private void Drop(int thread, int map, int page)
    {
        Clear(Going(thread, map, page));
        for (int word = 0; word < program.WordsPerPage; word++)
        {
            Clear(GoingWord(thread, map, page, word));
        }
    }

    private static void Move(Word<int> from, Word<int> to)
    {
        to.Raw = from.Raw;
        from.Raw = 0;
    }

    private static void Clear(Word<int> word) => word.Raw = 0;

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

    private Word<int> FileWord(int file, int page, int word) =>
        new(fileWords + ((firstFilePage[file] + page) * program.WordsPerPage) + word);

    private Word<int> Copied(int map, int page) => new(copies + firstMappedPage[map] + page);

    private Word<int> CopyWord(int map, int page, int word) =>
        new(copyWords + ((firstMappedPage[map] + page) * program.WordsPerPage) + word);

    private Word<int> Going(int thread, int map, int page) =>
        new(going + (thread * firstMappedPage[^1]) + firstMappedPage[map] + page);

    private Word<int> GoingWord(int thread, int map, int page, int word) =>
        new(goingWords + ((((thread * firstMappedPage[^1]) + firstMappedPage[map] + page) * program.WordsPerPage) + word));

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
