using Faultline.Engine;
using Faultline.Engine.Coroutines;
using Faultline.Engine.Search;
using Faultline.Engine.State;
using Faultline.Engine.Sync;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Programs;

namespace Faultline.Kernel.Checks;

/// <summary>
/// What a program may do if every load, store and word of a system call is one step on plain arrays: no pages, no faults, no TLBs.
/// The model's outcomes must be among its outcomes. Deliberate slack, and no more (docs/kernel-model.md has the reasons): page-sized
/// reads and writes go word by word; a private store's copy of its page is a word-by-word snapshot taken at any time within that store, and
/// is there before the store; while MADV_DONTNEED or a layout change drops a private copy, others may still load from and store to the copy that goes;
/// while a layout change is under way, mappings show either side of it, and a store may go to what is dropped; collapse and insert may drop
/// private copies; fork copies private copies page by page.
/// </summary>
public sealed partial class AtomicReference : Model
{
    private readonly UserProgram program;
    private readonly Layout layout = new();
    private readonly int[] firstFilePage;
    private readonly int[] firstMappedPage;
    private readonly int[] firstRegister;
    private readonly bool drops;
    private readonly bool changesLayout;
    private readonly int fileWords;
    private readonly int sizes;
    private readonly int oldWords;
    private readonly int oldSizes;
    private readonly int fluxes;
    private readonly int locks;
    private readonly int copies;
    private readonly int copyWords;
    private readonly int going;
    private readonly int goingWords;
    private readonly int scratch;
    private readonly int registers;
    private readonly int signals;
    private readonly int vmas;
    private readonly int forked;

    private AtomicReference(UserProgram program)
    {
        this.program = program;
        var footprint = new Footprint(program);
        firstFilePage = PrefixSums.Of(program.Files.Select(f => f.Pages.Count));
        firstMappedPage = PrefixSums.OfMappedPages(program);
        firstRegister = PrefixSums.Of(program.Threads.Select(t => t.Registers.Count));
        changesLayout = footprint.ChangesLayout;
        drops = program.Instructions.Any(i => i.Opcode == Opcode.DontNeed) || (changesLayout && program.Maps.Any(m => !m.Shared));
        int files = program.Files.Count, threads = program.Threads.Count, words = firstFilePage[^1] * program.WordsPerPage;
        fileWords = layout.Add("file", words, WordKind.Visible);
        sizes = layout.Add("size", files, WordKind.Visible);
        oldWords = layout.Add("old", changesLayout ? words : 0, WordKind.Visible);
        oldSizes = layout.Add("old size", changesLayout ? files : 0, WordKind.Visible);
        fluxes = layout.Add("flux", changesLayout ? files : 0, WordKind.Visible);
        locks = layout.AddLock("i_rwsem", "i_rwsem", count: changesLayout ? files : 0);
        copies = layout.Add("copied", firstMappedPage[^1], WordKind.Visible);
        copyWords = layout.Add("copy", firstMappedPage[^1] * program.WordsPerPage, WordKind.Visible);
        going = layout.Add("going", drops ? threads * firstMappedPage[^1] : 0, WordKind.Visible);
        goingWords = layout.Add("going copy", drops ? threads * firstMappedPage[^1] * program.WordsPerPage : 0, WordKind.Visible);
        vmas = layout.Add("vma", program.Maps.Count, WordKind.Visible);
        forked = layout.Add("forked", footprint.Forks ? threads : 0, WordKind.Synchronisation);
        scratch = layout.Add("scratch", threads * program.WordsPerPage, WordKind.Private);
        registers = layout.Add("register", firstRegister[^1], WordKind.Private);
        signals = layout.Add("signal", threads, WordKind.Private);
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
        var outcomes = new OutcomeSet();
        if (program.Instructions.Any(i => i.Opcode == Opcode.Crash))
        {
            return outcomes; // no run comes to its end: what survives is for I7 and the condition to judge
        }

        var model = new AtomicReference(program);
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

        for (int file = 0; file < program.Files.Count; file++)
        {
            execution.Word(sizes + file) = program.Files[file].Size;
        }

        for (int map = 0; map < program.Maps.Count; map++)
        {
            execution.Word(vmas + map) = Vma.InitialState(program.Maps[map]);
        }

        for (int thread = 0; thread < Threads; thread++)
        {
            if (program.Processes[program.Threads[thread].Process].Parent >= 0)
            {
                execution.Word(forked + thread) = thread + 1;
            }
        }
    }

    /// <inheritdoc/>
    public override Call Start(int thread) => Body(thread);

    private static async Call Body(int thread)
    {
        if (Current.program.Processes[Current.program.Threads[thread].Process].Parent >= 0)
        {
            await new WaitQueue(Current.forked + thread).Sleep();
        }

        for (int pc = 0; pc < Current.program.Threads[thread].Code.Count; pc++)
        {
            switch (Current.At(thread, pc).Opcode)
            {
                case Opcode.Load:
                    await Load(thread, pc);
                    break;
                case Opcode.Clwb:
                    await Touch(thread, pc);
                    break;
                case Opcode.HwPoison:
                    await Touch(thread, pc);
                    break;
                case Opcode.Store:
                    await Store(thread, pc, Current.At(thread, pc).Word, Current.At(thread, pc).Word + 1, pinned: false);
                    break;
                case Opcode.DirectRead:
                    await DirectRead(thread, pc);
                    break;
                default:
                    await SystemCall(thread, pc);
                    break;
            }
        }
    }

    private static Call SystemCall(int thread, int pc)
    {
        Instruction i = Current.At(thread, pc);
        return i.Opcode switch
        {
            Opcode.DontNeed => DontNeed(thread, i),
            Opcode.Read or Opcode.Write => ReadOrWrite(thread, pc),
            Opcode.Truncate or Opcode.Fallocate or Opcode.Reflink => ChangeLayout(thread, pc),
            Opcode.Munmap or Opcode.Mprotect => ChangeMap(thread, pc),
            Opcode.Fork => Fork(thread, pc),
            _ => new Call(done: true), // fsync, drop_caches and the like change nothing that can be seen
        };
    }

    private Instruction At(int thread, int pc) => program.Threads[thread].Code[pc];

    private Word<int> FileWord(int file, int page, int word) =>
        new(fileWords + ((firstFilePage[file] + page) * program.WordsPerPage) + word);

    private Word<int> OldWord(int file, int page, int word) =>
        new(oldWords + ((firstFilePage[file] + page) * program.WordsPerPage) + word);

    private Word<int> Size(int file) => new(sizes + file);

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

    private int Capacity(int file) => firstFilePage[file + 1] - firstFilePage[file];

    private bool Covers(int map, int page)
    {
        MapSpec spec = program.Maps[map];
        return spec.PageCount == 0 || (page >= spec.FirstPage && page < spec.FirstPage + spec.PageCount);
    }

    private void Signal(int thread, int signal)
    {
        Word<int> word = new(signals + thread);
        word.Raw |= signal;
    }

    // The values of Outcome.Of(), in its order.
    private Outcome OutcomeNow(Execution execution)
    {
        var values = new List<int>();
        for (int t = 0; t < program.Threads.Count; t++)
        {
            values.Add(execution.Word(signals + t));
        }

        for (int r = 0; r < firstRegister[^1]; r++)
        {
            values.Add(execution.Word(registers + r));
        }

        for (int file = 0; file < program.Files.Count; file++)
        {
            AddWords(values, Capacity(file), (page, word) => page < Size(file).Raw ? FileWord(file, page, word).Raw : 0);
        }

        for (int file = 0; file < program.Files.Count; file++)
        {
            values.Add(Size(file).Raw);
        }

        for (int map = 0; map < program.Maps.Count; map++)
        {
            int file = program.Maps[map].File;
            AddWords(values, Capacity(file), (page, word) => IsShown(map, page) ? MapWord(map, page, word) : 0);
        }

        return new Outcome([.. values]);
    }

    private bool IsShown(int map, int page) =>
        new Word<int>(vmas + map).Raw != 0 && Covers(map, page) && page < Size(program.Maps[map].File).Raw;

    private int MapWord(int map, int page, int word) =>
        Copied(map, page).Raw != 0 ? CopyWord(map, page, word).Raw : FileWord(program.Maps[map].File, page, word).Raw;

    private void AddWords(List<int> values, int pages, Func<int, int, int> read)
    {
        for (int page = 0; page < pages; page++)
        {
            for (int word = 0; word < program.WordsPerPage; word++)
            {
                values.Add(read(page, word));
            }
        }
    }

    private sealed class Collector(AtomicReference model, OutcomeSet outcomes) : ISearchObserver
    {
        public void EndState(Execution execution, bool stuck) => outcomes.Add(model.OutcomeNow(execution));

        public void Progress(SearchProgress progress)
        {
        }
    }
}
