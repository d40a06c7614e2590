using Faultline.Engine.State;

namespace Faultline.Engine.Search.PartialOrder;

/// <summary>Notes what transitions touch that is not known yet, for one worker.</summary>
/// <param name="graph">What is known; does not change meanwhile.</param>
/// <param name="execution">The worker's context.</param>
internal sealed unsafe class Learner(LocalGraph graph, Execution execution) : IDisposable
{
    private readonly VectorShape shape = execution.Shape;
    private readonly List<SeenEdge> learned = [];
    private FingerprintTable seen = FingerprintTable.Create(8, numbered: false);

    /// <summary>What was not known.</summary>
    public IReadOnlyList<SeenEdge> Learned => learned;

    /// <summary>Learns from the transition that the execution has just made.</summary>
    public void Note(byte* from, byte* to, int thread)
    {
        ThreadHeader* before = shape.Header(from, thread);
        ThreadHeader* after = shape.Header(to, thread);
        ulong left = LocalState.KeyOf(before->Fingerprint, thread), reached = LocalState.KeyOf(after->Fingerprint, thread);
        bool stays = execution.Pruned || (left == reached && before->Kind == StepKind.DownWrite);
        ulong key = SeenEdge.KeyOf(execution.TouchedFingerprint, left, stays ? 0 : reached);
        if (!graph.Knows(key) && IsNew(key))
        {
            LocalState? target = stays || execution.StoppedMachine ? null : LocalStateOf(to, thread, reached);
            learned.Add(new SeenEdge(
                key, thread, LocalStateOf(from, thread, left), target, execution.Touched.ToArray(), execution.StoppedMachine));
        }
    }

    /// <summary>Writes what was learned.</summary>
    public void Save(BinaryWriter writer) => SeenEdge.WriteAll(writer, learned);

    /// <summary>Adds what <see cref="Save"/> wrote.</summary>
    public void Load(BinaryReader reader) =>
        learned.AddRange(SeenEdge.ReadAll(reader).Where(edge => !graph.Knows(edge.Key) && IsNew(edge.Key)));

    /// <inheritdoc/>
    public void Dispose() => seen.Free();

    private static int WaitsFor(ThreadHeader* header) => header->Kind switch
    {
        StepKind.Lock or StepKind.DownWrite => (header->Word << Accesses.Shift) | Accesses.Takes,
        StepKind.DownRead => (header->Word << Accesses.Shift) | Accesses.TakesShared,
        _ => -1,
    };

    private bool IsNew(ulong key)
    {
        uint none = 0;
        return seen.Add(key | 1, ref none);
    }

    private LocalState LocalStateOf(byte* state, int thread, ulong key) =>
        new(key, execution.ContentFingerprint(state, thread), shape.Header(state, thread)->StackBytes, WaitsFor(shape.Header(state, thread)), execution.HeldCodes(state, thread));
}
