// What a tablet keeps of the sheets between two moments of network, in IndexedDB: touches to be sent, what the server last said
// of each child, what it refused. Numbers and states only: no name, no health.
window.portalAttendance = (() => {
  const STORES = ["touches", "known", "refused"];
  let opening;
  const base = () => {
    opening ||= new Promise((resolve, reject) => {
      const asked = indexedDB.open("pointage", 1);
      asked.onupgradeneeded = () => { for (const name of STORES) asked.result.createObjectStore(name, { keyPath: "key" }); };
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
    return opening;
  };
  const run = async (name, mode, deed) => {
    const db = await base();
    return new Promise((resolve, reject) => {
      const transaction = db.transaction(name, mode);
      const asked = deed(transaction.objectStore(name));
      transaction.oncomplete = () => resolve(asked && asked.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  };
  return {
    all: (name) => run(name, "readonly", (store) => store.getAll()),
    put: (name, rows) => run(name, "readwrite", (store) => { for (const row of rows) store.put(row); }),
    remove: (name, keys) => run(name, "readwrite", (store) => { for (const key of keys) store.delete(key); }),
    clear: (name) => run(name, "readwrite", (store) => { store.clear(); }),
    person: () => document.querySelector("[data-portal-idle]")?.dataset.person || "",
    today: () => new Date().toLocaleDateString("sv"),
  };
})();
