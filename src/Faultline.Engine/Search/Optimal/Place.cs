namespace Faultline.Engine.Search.Optimal;

/// <summary>A state on the execution that is being followed, and what is to be done from it.</summary>
/// <param name="state">Memory for the state.</param>
/// <param name="threads">Number of threads.</param>
internal sealed unsafe class Place(byte* state, int threads)
{
    /// <summary>The state.</summary>
    public byte* State { get; } = state;

    /// <summary>Steps from here whose executions have all been seen, and what they touch.</summary>
    public List<Step> Sleeping { get; } = [];

    /// <summary>What is still to be followed.</summary>
    public WakeupTree Left { get; private set; } = new();

    /// <summary>Nothing has been followed from here yet.</summary>
    public bool IsNew { get; set; }

    /// <summary>The first branch of <see cref="Left"/> is being followed.</summary>
    public bool IsFollowing { get; private set; }

    /// <summary>The step that leads on.</summary>
    public Step Taken { get; private set; }

    /// <summary>For each thread, how many steps of the execution there are up to its last one that <see cref="Taken"/> depends on.</summary>
    public int[] Clock { get; } = new int[threads];

    /// <summary>A new visit.</summary>
    public void Enter(WakeupTree left, IEnumerable<Step> sleeping)
    {
        Left = left;
        Sleeping.Clear();
        Sleeping.AddRange(sleeping);
        (IsNew, IsFollowing) = (true, false);
    }

    /// <summary>The first branch was begun.</summary>
    public void Follow(Step taken)
    {
        Taken = taken;
        Left.Know(taken);
        IsFollowing = true;
    }

    /// <summary>All that the first branch leads to has been seen.</summary>
    public void Return()
    {
        Sleeping.Add(Taken);
        Left.RemoveFirst();
        IsFollowing = false;
    }
}
