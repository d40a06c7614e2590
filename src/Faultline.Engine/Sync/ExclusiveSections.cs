using Faultline.Engine.Coroutines;

namespace Faultline.Engine.Sync;

/// <summary>
/// An experiment on a model: one lock held around every call of some functions, as if the modelled source took it on entry and
/// dropped it on return. A thread that has it already (a call within a call) does not take it again. It is a lock like any other:
/// taking it is a scheduling point, and deadlocks, lock order and sleeping under it are checked.
/// </summary>
public sealed class ExclusiveSections
{
    private const byte Covered = 1;
    private const byte NotCovered = 2;

    private readonly Model model;
    private readonly HashSet<string> functions;
    private readonly byte[] known = new byte[FrameTypes.Capacity];

    private ExclusiveSections(Model model, IEnumerable<string> functions, bool spinning)
    {
        this.model = model;
        this.functions = [.. functions];
        LockWord = model.Layout.AddLock(Name, Name, spinning);
    }

    /// <summary>Name of the lock and of its class.</summary>
    public static string Name => "section_lock";

    /// <summary>The lock's word.</summary>
    public int LockWord { get; }

    /// <summary>Adds the lock to a model that nothing has run on yet.</summary>
    /// <param name="model">The model.</param>
    /// <param name="functions">The functions, as the model's reports name them.</param>
    /// <param name="spinning">A spinlock: nobody may sleep in these functions. Else a mutex: nobody may call them with a spinlock held.</param>
    public static void Install(Model model, IEnumerable<string> functions, bool spinning = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.Layout.Sections = new ExclusiveSections(model, functions, spinning);
    }

    /// <summary>True when the lock is held around functions of this frame type.</summary>
    internal bool Covers(int frameId)
    {
        if (known[frameId] == 0)
        {
            known[frameId] = functions.Contains(model.FunctionName(KernelNames.OfFrame(frameId))) ? Covered : NotCovered;
        }

        return known[frameId] == Covered;
    }
}
