using Faultline.Engine;
using Faultline.Engine.Coroutines;
using Faultline.Engine.Search.Checkpoints;
using Faultline.Engine.State;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Programs;
using Faultline.Kernel.User;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel;

/// <summary>
/// One machine that runs one user program on one kernel version and filesystem: the words of its state, where each object's words
/// lie, and the checks that always hold. Model code reaches it through <see cref="Current"/>; it is immutable while searching.
/// </summary>
public sealed class Machine : Model, ICheckpointed
{
    private readonly Layout layout = new();
    private readonly MachineLayout places;
    private readonly IReadOnlyList<IReadOnlyList<int>> equalThreads;

    /// <summary>Builds a machine.</summary>
    /// <param name="program">The user program.</param>
    /// <param name="version">Kernel version.</param>
    /// <param name="filesystem">Filesystem that the files live on.</param>
    /// <param name="observe">What conditions need beyond the state: marks, fault counts.</param>
    /// <param name="pessimistic">Spare no step because of what the program's text rules out (see <see cref="Programs.Footprint"/>).</param>
    public Machine(
        UserProgram program, KernelVersion version, FilesystemKind filesystem, Observations? observe = null, bool pessimistic = false)
    {
        Program = program;
        Version = version.Unasked();
        Filesystem = filesystem;
        Observe = observe ?? Observations.None;
        Maps = [.. program.Maps];
        Code = [.. program.Threads.Select(t => t.Code.ToArray())];
        Footprint = new Footprint(program, pessimistic);
        equalThreads = EqualThreads.Of(program);
        HasHolePages = program.Files.Any(f => f.Pages.Any(p => p.Backing is not PageBacking.Block)) || Footprint.FreesBlocks
            ? Version.HoleBacking == HoleBacking.PageCachePage
            : false;
        HasSyncMaps = program.Maps.Any(m => m.Sync);
        places = new MachineLayout(layout, this);
        SurvivesCrash = FindSurvivors();
    }

    /// <summary>The machine that the running worker executes.</summary>
    public static Machine Current => System.Runtime.CompilerServices.Unsafe.As<Machine>(Execution.Current.Model);

    /// <summary>What the threads do.</summary>
    public UserProgram Program { get; }

    /// <summary>The kernel's behaviours.</summary>
    public KernelVersion Version { get; }

    /// <summary>The filesystem.</summary>
    public FilesystemKind Filesystem { get; }

    /// <summary>What conditions want to know beyond the state.</summary>
    public Observations Observe { get; }

    /// <summary>What the program can touch, known from its text.</summary>
    public Footprint Footprint { get; }

    /// <summary>Counts what a single run costs; null while searching.</summary>
    public CostCounters? Costs { get; init; }

    /// <summary>The outcomes of the atomic reference; null: refinement is not checked.</summary>
    public OutcomeSet? Reference { get; init; }

    /// <summary>
    /// What each thread can do next, over and over, as alternatives of one step: to follow a real trace. Entry i is about instruction i of
    /// every thread's code. Null: threads execute their code once.
    /// </summary>
    public IReadOnlyList<Traces.TraceOp>? Menu { get; init; }

    /// <inheritdoc/>
    public override Layout Layout => layout;

    /// <inheritdoc/>
    public override int Threads => Program.Threads.Count;

    /// <inheritdoc/>
    public override int StackBytes => 4096;

    /// <summary>The program's mappings, for quick access.</summary>
    internal MapSpec[] Maps { get; }

    /// <summary>Each thread's instructions, for quick access.</summary>
    internal Instruction[][] Code { get; }

    /// <summary>Holes may be served by page-cache pages: there are holes, and the kernel does that (before v4.14).</summary>
    internal bool HasHolePages { get; }

    /// <summary>Which words a power failure leaves: what an outcome is read from.</summary>
    internal bool[] SurvivesCrash { get; }

    /// <summary>Some threads have equal programs.</summary>
    internal bool HasEqualThreads => Menu is null && equalThreads.Count > 0;

    /// <summary>Some mapping is a MAP_SYNC one.</summary>
    internal bool HasSyncMaps { get; }

    /// <summary>Where each object's words lie.</summary>
    internal MachineLayout Places => places;

    /// <inheritdoc/>
    public override void Initialise(Execution execution)
    {
        for (int file = 0; file < Program.Files.Count; file++)
        {
            execution.Word(places.Sizes + file) = Program.Files[file].Size;
            for (int page = 0; page < Program.Files[file].Pages.Count; page++)
            {
                InitialisePage(execution, file, page, Program.Files[file].Pages[page]);
            }

            if (Footprint.Persists)
            {
                execution.Word(places.DurableSizes + file) = Program.Files[file].Size;
            }
        }

        if (Footprint.ChangesVmas)
        {
            for (int map = 0; map < Maps.Length; map++)
            {
                execution.Word(places.VmaState + map) = Vma.InitialState(Maps[map]);
            }
        }

        for (int thread = 0; Footprint.Forks && thread < Threads; thread++)
        {
            bool waits = Program.Processes[Program.Threads[thread].Process].Parent >= 0;
            execution.Word(places.ForkWaiters + thread) = waits ? thread + 1 : 0;
        }
    }

    /// <inheritdoc/>
    public override Call Start(int thread) => Menu is null ? UserThread.Body() : TracedThread.Body();

    /// <summary>
    /// Threads of one process with equal programs. Not those that begin with a fork, each of which waits in a queue of its own.
    /// </summary>
    public override IReadOnlyList<IReadOnlyList<int>> Interchangeable => Menu is null ? equalThreads : [];

    /// <inheritdoc/>
    public override void CheckState(Execution execution) => Invariants.CheckState(this);

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<int>> CheckedTogether => CheckedWords.Of(this);

    /// <inheritdoc/>
    public override void CheckEnd(Execution execution)
    {
        if (Reference is not null && !Reference.Contains(Outcome.Of(this)))
        {
            execution.Raise(ViolationKind.Refinement, "refinement", -1, "no order of atomic operations gives this outcome");
        }
    }

    /// <inheritdoc/>
    public override string FunctionName(string name) => Version.FunctionNames.GetValueOrDefault(name, name);

    /// <inheritdoc/>
    public override Violation Stuck(Execution execution) => Invariants.Stuck(this, execution);

    /// <inheritdoc/>
    public void Save(BinaryWriter writer) => writer.Write(Version.Asked);

    /// <inheritdoc/>
    public void Load(BinaryReader reader) => Version.AskAlso(reader.ReadUInt64());

    /// <summary>
    /// Clears what no trace event depends on, in the attached state: contents of pages, what is persistent, registers, cached translations.
    /// </summary>
    /// <param name="execution">Attached to the state.</param>
    /// <param name="freedBlocks">Also which free blocks were used before: it matters only to who needs several side by side.</param>
    public void ForgetContents(Execution execution, bool freedBlocks)
    {
        for (int block = 0; freedBlocks && block < places.Blocks; block++)
        {
            execution.Word(places.BlockState + block) = BlockAllocator.CountOf(block);
        }

        Clear(execution, places.BlockData, places.BlockState);
        Clear(execution, places.AnonData, places.AnonState);
        Clear(execution, places.FirstTlb, places.BlockData);
        Clear(execution, places.Registers, places.Unmapping);
        Clear(execution, places.LineState, places.MetadataDirty);
    }

    /// <summary>
    /// Numbers anonymous pages by the PTEs that map them, in the attached state, in which no thread may have one in hand: which number a page has
    /// means nothing.
    /// </summary>
    public void RenumberAnonPages(Execution execution)
    {
        int next = 0;
        Clear(execution, places.AnonState, places.AnonState + places.AnonPages);
        for (int pte = places.Ptes; pte < places.FirstTlb; pte++)
        {
            var entry = new Pte(execution.Word(pte));
            if (entry.IsPresent && entry.Pfn.IsAnon)
            {
                execution.Word(pte) = entry.WithPfn(Pfn.Anon(next)).Bits;
                execution.Word(places.AnonState + next++) = 1;
            }
        }

        for (int map = 0; Footprint.ChangesVmas && map < Maps.Length; map++)
        {
            execution.Word(places.VmaState + map) &= ~Vma.AnonVmaFlag; // only fork(2) asks
        }
    }

    private static void Clear(Execution execution, int first, int end)
    {
        for (int word = first; word < end; word++)
        {
            execution.Word(word) = 0;
        }
    }

    private bool[] FindSurvivors()
    {
        var kept = new bool[layout.WordCount];
        void Keep(int first, int count) => kept.AsSpan(first, count).Fill(true);
        Keep(places.Registers, places.FirstRegister[^1]);
        Keep(places.Signals, Threads);
        Keep(places.FaultCounts, Threads);
        Keep(places.Warned, 1);
        Keep(places.Bugs, 1);
        Keep(places.Marks, 1);
        if (Footprint.Crashes)
        {
            Keep(places.CrashImage, places.FilePages * Program.WordsPerPage);
            Keep(places.CrashSizes, Program.Files.Count);
        }

        return kept;
    }

    private void InitialisePage(Execution execution, int file, int page, FilePage contents)
    {
        IomapType type = contents.Backing switch
        {
            PageBacking.Hole or PageBacking.Beyond => IomapType.Hole,
            PageBacking.Unwritten => IomapType.Unwritten,
            _ => IomapType.Mapped,
        };
        if (type == IomapType.Hole)
        {
            return;
        }

        int block = places.FirstBlock[file] + page, filePage = places.FirstFilePage[file] + page;
        execution.Word(places.Extents + filePage) = Extent.Of(type, block).Bits;
        execution.Word(places.BlockState + block) = BlockAllocator.InUse;
        if (Footprint.Persists)
        {
            execution.Word(places.DurableExtents + filePage) = Extent.Of(type, block).Bits;
        }

        for (int word = 0; type == IomapType.Mapped && word < Program.WordsPerPage; word++)
        {
            int last = contents.Words.Count - 1, line = (block * Program.WordsPerPage) + word;
            int value = last < 0 ? 0 : contents.Words[Math.Min(word, last)];
            execution.Word(places.BlockData + line) = value;
            if (Footprint.Persists)
            {
                execution.Word(places.LineDurable + line) = value;
            }
        }
    }
}
