namespace Faultline.Engine.Witnesses;

/// <summary>
/// Lock classes in a circle: a thread may take a lock of each while it holds one of the class before. If each edge's thread stands
/// between its two locks at the same time, none can go on.
/// </summary>
/// <param name="Edges">
/// First the edge that closes the circle, which the violation is named after; then the known ones, from the class it takes to the class
/// it holds. Each holds what the edge before it takes.
/// </param>
public sealed record LockCycle(IReadOnlyList<LockCycleEdge> Edges)
{
    /// <summary>The classes around the circle, the first one again at the end: <c>b -> a -> b</c>.</summary>
    public string Print() => string.Join(" -> ", Edges.Select(e => e.Held).Append(Edges[0].Held));
}

/// <summary>An edge of a circle of lock classes.</summary>
/// <param name="Held">Name of the class that is held.</param>
/// <param name="Taken">Name of the class that is taken.</param>
/// <param name="IsDocumented">A documented rule: it holds whether or not the program does it.</param>
/// <param name="IsSeen">The search saw a thread do it.</param>
/// <param name="Example">The shortest run in which a thread does it; null: not seen, not asked for, or not found within the bounds.</param>
public sealed record LockCycleEdge(string Held, string Taken, bool IsDocumented, bool IsSeen, LockOrderExample? Example);

/// <summary>A run in which a thread takes a lock while it holds another.</summary>
/// <param name="Schedule">The shortest schedule that gets there.</param>
/// <param name="Thread">The thread.</param>
/// <param name="Outer">Where it took the lock that it holds.</param>
/// <param name="Inner">Where it takes the other, or may wait for it.</param>
public sealed record LockOrderExample(Schedule Schedule, int Thread, TakenLock Outer, TakenLock Inner);

/// <summary>Where a thread took a lock.</summary>
/// <param name="Word">The lock's word.</param>
/// <param name="IsRead">It was taken for reading.</param>
/// <param name="Step">In which step of the schedule, from 1; 0: on the way to the thread's first step.</param>
/// <param name="Stack">The thread's functions, outermost first.</param>
/// <param name="CallsDone">How many functions that the thread's body called had returned.</param>
public sealed record TakenLock(int Word, bool IsRead, int Step, IReadOnlyList<string> Stack, int CallsDone);
